import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, keyed } from "../../api/client";
import { Button, Dialog, Failure, Field } from "../../ui/basics";
import { OneOf } from "../../ui/choice";

const SEVERITIES = ["unusable", "with_care"] as const;

/** Anybody signed in says what is wrong with a resource; staff decide what it means. */
export function ReportFault({ resource, why }: { resource: string; why?: string | undefined }) {
  const { t } = useTranslation();
  const [open, show] = useState(false);
  const [severity, setSeverity] = useState<(typeof SEVERITIES)[number]>("unusable");
  const [text, setText] = useState("");
  const report = useMutation({
    mutationFn: () => client.POST("/api/v1/faults", { params: { header: keyed() }, body: { resource_id: resource, severity, text } }),
    onSuccess: () => {
      show(false);
      setText("");
    },
  });
  return (
    <>
      <Button why={why} onClick={() => show(true)}>
        {t("fault.report")}
      </Button>
      {report.isSuccess ? (
        <p className="note" role="status">
          {t("fault.thanks")}
        </p>
      ) : null}
      <Dialog title={t("fault.report")} open={open} onClose={() => show(false)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            report.mutate();
          }}
        >
          <OneOf label={t("fault.severity")} value={severity} all={SEVERITIES} say={(name) => t(`fault.${name}`)} onChange={setSeverity} />
          <Field label={t("fault.what")} hint={t("fault.whatHint")}>
            {(id, note) => <textarea id={id} aria-describedby={note} required maxLength={1000} rows={3} value={text} onChange={(e) => setText(e.target.value)} />}
          </Field>
          {report.isError ? <Failure error={report.error} /> : null}
          <Button type="submit" tone="main" busy={report.isPending}>
            {t("fault.send")}
          </Button>
        </form>
      </Dialog>
    </>
  );
}
