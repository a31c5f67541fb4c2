import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, client, type Schemas } from "../../api/client";
import { Button, Failure, Loading } from "../../ui/basics";

/** The accountant's own codes and names for the accounts that the journal writes to. */
export function Accounts({ issuer }: { issuer: string }) {
  const { t } = useTranslation();
  const query = api.useQuery("get", "/api/v1/accounts", { params: { query: { issuer_id: issuer } } });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <p className="hint">{t("accounts.hint")}</p>
      <ul className="rows">
        {query.data.data.map((account) => (
          <Row key={`${account.account} ${account.code} ${account.name}`} issuer={issuer} account={account} />
        ))}
      </ul>
    </>
  );
}

function Row({ issuer, account }: { issuer: string; account: Schemas["Account"] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [code, number] = useState(account.code);
  const [name, call] = useState(account.name);
  const save = useMutation({
    mutationFn: () => client.PATCH("/api/v1/accounts", { body: { issuer_id: issuer, account: account.account, code, name } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const what = t(`accounts.${account.account}`);
  const why = code.trim() && name.trim() ? undefined : t("accounts.both");
  return (
    <li>
      <form
        className="account"
        aria-label={what}
        onSubmit={(e) => {
          e.preventDefault();
          if (!why) save.mutate();
        }}
      >
        <strong>{what}</strong>
        <input aria-label={t("accounts.code", { what })} size={10} maxLength={20} value={code} onChange={(e) => number(e.target.value)} />
        <input aria-label={t("accounts.name", { what })} size={28} maxLength={80} value={name} onChange={(e) => call(e.target.value)} />
        {code !== account.code || name !== account.name ? (
          <Button type="submit" busy={save.isPending} why={why}>
            {t("save")}
          </Button>
        ) : null}
        {save.isError ? <Failure error={save.error} /> : null}
      </form>
    </li>
  );
}
