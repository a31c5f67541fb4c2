import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { queries, type Schemas } from "../../api/client";
import { Button, Failure } from "../../ui/basics";

/** Takes back what no month was told by, having asked once; where it may not go, says why. */
export function Withdraw({ what, action, act }: { what: string; action: Schemas["Action"] | undefined; act: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const [asking, ask] = useState(false);
  const doing = useMutation({ mutationFn: act, onSuccess: () => queries.invalidateQueries() });
  if (asking)
    return (
      <span role="group" aria-label={`${t("cons.withdraw")}: ${what}`}>
        {t("cons.withdrawAsk")} {doing.isError ? <Failure error={doing.error} /> : null}
        <Button busy={doing.isPending} onClick={() => doing.mutate()}>
          {t("cons.withdrawDo")}
        </Button>{" "}
        <button type="button" className="link" onClick={() => ask(false)}>
          {t("cons.withdrawNot")}
        </button>
      </span>
    );
  if (!action?.allowed) return <small className="muted">{action?.reasons[0]?.detail}</small>;
  return (
    <button type="button" className="link" aria-label={`${t("cons.withdraw")}: ${what}`} onClick={() => ask(true)}>
      {t("cons.withdraw")}
    </button>
  );
}
