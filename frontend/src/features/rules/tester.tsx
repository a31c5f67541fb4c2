import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../api/client";
import { addDays, instantText, today } from "../../kernel/time";
import { Button, Failure, Field, Reasons } from "../../ui/basics";
import { Choice } from "../../ui/choice";
import { FindPerson } from "../../ui/find-person";
import { Clock, Whole } from "./pieces";

/** Would somebody be let in at some time, and if not, why. */
export function RuleTester({ resources, zone }: { resources: readonly { id: string; name: string }[]; zone: string }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState("");
  const [resource, setResource] = useState(resources[0]?.id ?? "");
  const [day, setDay] = useState(addDays(today(zone), 1));
  const [start, setStart] = useState("20:00");
  const [end, setEnd] = useState("22:00");
  const [people, setPeople] = useState<number | undefined>();
  const finish = end === "24:00" || end <= start ? `${addDays(day, 1)}T${end === "24:00" ? "00:00" : end}:00` : `${day}T${end}:00`;
  const ask = useMutation({
    mutationFn: async () =>
      (
        await client.POST("/api/v1/verdicts", {
          body: { items: [{ resource_id: resource, quantity: 1 }], period: { start: `${day}T${start}:00`, end: finish }, for_person_id: person || null, people: people ?? null, accepted_terms: [], answers: {} },
        })
      ).data,
  });
  const touched = <A,>(set: (value: A) => void) => (value: A) => {
    set(value);
    ask.reset();
  };
  return (
    <section aria-labelledby="tester">
      <h2 id="tester">{t("manage.tester")}</h2>
      <p className="hint">{t("manage.testerHint")}</p>
      <form
        className="panel wide"
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <div className="toolbar">
          <FindPerson label={t("manage.who")} none={t("manage.myself")} chosen={person} onChoose={touched(setPerson)} />
          <Choice label={t("resource")} value={resource} among={resources} onChange={touched(setResource)} />
          <Field label={t("search.on")}>{(id) => <input id={id} type="date" required value={day} onChange={(e) => touched(setDay)(e.target.value)} />}</Field>
          <Clock label={t("from")} value={start} onChange={touched(setStart)} />
          <Clock label={t("to")} value={end} end onChange={touched(setEnd)} />
          <Whole label={t("manage.people")} least={1} value={people} onChange={touched(setPeople)} />
          <Button type="submit" tone="main" busy={ask.isPending} onClick={() => ask.mutate()}>
            {t("manage.ask")}
          </Button>
        </div>
        {ask.isError ? <Failure error={ask.error} /> : null}
        <div aria-live="polite">
          {ask.data ? (
            <>
              <p>
                <strong>{t(ask.data.allowed ? (ask.data.needs_approval ? "manage.letInIfApproved" : "manage.letIn") : "manage.keptOut")}</strong>
              </p>
              <Reasons reasons={ask.data.reasons} />
              {ask.data.bookable_from ? <p>{t("manage.bookableFrom", { at: instantText(ask.data.bookable_from, zone) })}</p> : null}
            </>
          ) : null}
        </div>
      </form>
    </section>
  );
}
