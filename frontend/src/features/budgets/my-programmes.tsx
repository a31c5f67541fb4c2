import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, keyed, type Schemas } from "../../api/client";
import { dayText } from "../../kernel/time";
import { Button, Failure, Field } from "../../ui/basics";
import { unitsText } from "../../ui/units";

const LIST = { queryKey: ["get", "/api/v1/programmes"] };

/** The programmes one takes part in, pays for or may ask to join, with what is left; and a place for a code. */
export function MyProgrammes() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [code, type] = useState("");
  const query = api.useQuery("get", "/api/v1/programmes", { params: { query: { limit: 100 } } });
  const join = useMutation({
    mutationFn: () => client.POST("/api/v1/programmes/join", { params: { header: keyed() }, body: { code: code.trim() } }),
    onSuccess: () => {
      type("");
      void cache.invalidateQueries(LIST);
    },
  });
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return null;
  return (
    <section aria-labelledby="programmes">
      <h2 id="programmes">{t("programmes.mine")}</h2>
      <ul className="rows">
        {query.data.data.map((programme) => (
          <ProgrammeRow key={programme.id} programme={programme} onDone={() => void cache.invalidateQueries(LIST)} />
        ))}
      </ul>
      <form
        className="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          join.mutate();
        }}
      >
        <Field label={t("programmes.code")}>{(id) => <input id={id} required value={code} onChange={(e) => type(e.target.value)} />}</Field>
        <Button type="submit" busy={join.isPending}>
          {t("programmes.join")}
        </Button>
      </form>
      {join.isError ? <Failure error={join.error} /> : null}
    </section>
  );
}

function ProgrammeRow({ programme, onDone }: { programme: Schemas["Programme"]; onDone: () => void }) {
  const { t } = useTranslation();
  const [message, type] = useState("");
  const apply = useMutation({
    mutationFn: () => client.POST("/api/v1/programmes/{programme_id}/join", { params: { path: { programme_id: programme.id }, header: keyed() }, body: { message } }),
    onSuccess: onDone,
  });
  return (
    <li>
      <span>
        {programme.can_report || programme.can_admit ? (
          <Link to="/programmes/$id" params={{ id: programme.id }}>
            {programme.name}
          </Link>
        ) : (
          <strong>{programme.name}</strong>
        )}{" "}
        <span className="muted">{t("programmes.by", { sponsor: programme.sponsor.name, until: dayText(programme.last_on) })}</span>
      </span>
      {programme.my_state ? <span className="badge">{t(`programmes.state.${programme.my_state}`)}</span> : null}
      {programme.budgets.map((budget) => (
        <span key={budget.id}>
          {budget.name}: {t("passes.left", { left: unitsText(budget.unit, budget.left, t), given: unitsText(budget.unit, budget.given, t) })}
          {budget.cap_left !== null && programme.my_state === "approved" ? ` · ${t("programmes.thisMonth", { left: unitsText(budget.unit, budget.cap_left, t) })}` : ""}
        </span>
      ))}
      {programme.can_apply ? (
        <form
          className="toolbar"
          onSubmit={(event) => {
            event.preventDefault();
            apply.mutate();
          }}
        >
          <Field label={t("programmes.message")}>{(id) => <input id={id} required maxLength={1000} value={message} onChange={(e) => type(e.target.value)} />}</Field>
          <Button type="submit" busy={apply.isPending}>
            {t("programmes.apply")}
          </Button>
        </form>
      ) : null}
      {apply.isError ? <Failure error={apply.error} /> : null}
    </li>
  );
}
