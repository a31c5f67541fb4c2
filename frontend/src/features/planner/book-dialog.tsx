import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, Refusal } from "../../api/client";
import { clock, dayAt, longDay, wallPeriod, type Period } from "../../kernel/time";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { ForWhom, useForWhom } from "../../ui/for-whom";
import { Questions } from "../../ui/questions";
import { RefusalNote } from "../../ui/refusal";
import { useVerdict, VerdictNote } from "./verdict";

export interface Picked {
  resource: { id: string; name: string };
  period: Period;
}

/** The one panel to book from: what, when by the venue's clock, for whom. */
export function BookDialog({ picked, zone, forPerson, onClose }: { picked: Picked; zone: string; forPerson?: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const whom = useForWhom();
  const day = dayAt(picked.period.start, zone);
  const [start, setStart] = useState(clock(picked.period.start, zone));
  const [end, setEnd] = useState(clock(picked.period.end, zone));
  const [people, setPeople] = useState("");
  const [quantity, setQuantity] = useState("1");
  const [title, setTitle] = useState("");
  const [accepted, accept] = useState(false);
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const asked = api.useQuery("get", "/api/v1/resources/{resource_id}", { params: { path: { resource_id: picked.resource.id } } }).data;
  // As it was picked it is two instants; changed by hand it is the venue's wall clock, which the server knows.
  const asPicked = start === clock(picked.period.start, zone) && end === clock(picked.period.end, zone);
  const period = asPicked ? picked.period : wallPeriod(day, start, end);
  const terms = accepted && asked?.terms ? [asked.terms] : [];
  const said = useVerdict(
    forPerson || !start || !end ? null : { resource: picked.resource.id, period, zone, quantity: Number(quantity) || 1, organisation: whom.organisation, people: people ? Number(people) : undefined, terms, answers },
  );
  const take = useMutation({
    mutationFn: () =>
      client.POST("/api/v1/bookings", {
        params: { header: keyed() },
        body: {
          items: [{ resource_id: picked.resource.id, quantity: Number(quantity) || 1 }],
          period,
          organisation_id: forPerson ? null : whom.organisation ?? null,
          people: people ? Number(people) : null,
          title,
          notes: "",
          override_reason: "",
          for_person_id: forPerson ?? null,
          accepted_terms: terms,
          answers,
        },
      }),
    onSuccess: ({ data }) => data && void go({ to: "/bookings/$id", params: { id: data.id } }),
  });
  return (
    <Dialog title={`${picked.resource.name} · ${longDay(day)}`} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          take.mutate();
        }}
      >
        <div className="pair">
          <Field label={t("from")}>{(id) => <input id={id} type="time" required value={start} onChange={(e) => setStart(e.target.value)} />}</Field>
          <Field label={t("to")}>{(id) => <input id={id} type="time" required value={end} onChange={(e) => setEnd(e.target.value)} />}</Field>
        </div>
        {forPerson ? null : <ForWhom {...whom} />}
        {asked && asked.quantity > 1 ? (
          <Field label={t("search.filter.quantity")}>{(id) => <input id={id} type="number" required min={1} max={asked.quantity} inputMode="numeric" value={quantity} onChange={(e) => setQuantity(e.target.value)} />}</Field>
        ) : null}
        <div className="pair">
          <Field label={t("people")}>{(id) => <input id={id} type="number" min={1} inputMode="numeric" value={people} onChange={(e) => setPeople(e.target.value)} required={asked?.people_needed} />}</Field>
          <Field label={t("title")}>{(id) => <input id={id} maxLength={120} value={title} onChange={(e) => setTitle(e.target.value)} />}</Field>
        </div>
        <Questions questions={asked?.questions ?? []} answers={answers} onAnswers={setAnswers} />
        {asked?.terms ? (
          <label className="check">
            <input type="checkbox" required checked={accepted} onChange={(e) => accept(e.target.checked)} /> {t("acceptTerms", { terms: asked.terms })}
          </label>
        ) : null}
        {forPerson || take.isError ? null : <VerdictNote said={said} />}
        {take.error instanceof Refusal ? <RefusalNote problem={take.error.problem} zone={zone} /> : take.isError ? <Failure error={take.error} /> : null}
        <Button type="submit" tone="main" busy={take.isPending}>
          {t("take")}
        </Button>
      </form>
    </Dialog>
  );
}
