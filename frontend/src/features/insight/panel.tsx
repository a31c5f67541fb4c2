import { useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { picture } from "./picture";

interface Sheet {
  head: readonly string[];
  rows: readonly (readonly ReactNode[])[];
}

/** A picture with its words: what it shows, its numbers as a table, and its files. */
export function Panel({ id, title, says, sheet, href, wide = false, tools, children }: { id: string; title: string; says: string; sheet: Sheet; href?: string; wide?: boolean; tools?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDivElement>(null);
  const save = () => {
    const svg = ref.current?.querySelector("svg");
    if (svg) void picture(svg, `${id}.png`);
  };
  return (
    <section className="sight" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        <span className="exports">
          {href ? (
            <>
              <a href={`${href}&output=csv`} aria-label={`${title}: CSV`}>
                CSV
              </a>
              <a href={`${href}&output=xlsx`} aria-label={`${title}: XLSX`}>
                XLSX
              </a>
            </>
          ) : null}
          <button type="button" className="link" onClick={save} aria-label={`${title}: PNG`}>
            PNG
          </button>
        </span>
      </header>
      <p>{says}</p>
      {tools}
      <div ref={ref} className={wide ? "chart wide" : "chart"} tabIndex={wide ? 0 : undefined} role={wide ? "group" : undefined} aria-label={wide ? title : undefined}>
        {children}
      </div>
      <details className="data-table">
        <summary>{t("insight.asTable")}</summary>
        <div className="scroll" tabIndex={0} role="group" aria-label={title}>
          <table className="data">
            <caption className="visually-hidden">{title}</caption>
            <thead>
              <tr>
                {sheet.head.map((name, n) => (
                  <th scope="col" key={`${name} ${n}`}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sheet.rows.map((row, n0) => (
                <tr key={row.slice(0, 2).join(" ") + String(n0)}>
                  {row.map((cell, n) =>
                    n === 0 ? (
                      <th scope="row" key={`${sheet.head[n]} ${n}`}>
                        {cell}
                      </th>
                    ) : (
                      <td key={`${sheet.head[n]} ${n}`}>{cell}</td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

/** A drawing whose values one walks through by arrow keys: to assistive technology a slider that says what it points at. */
export function walked(label: string, count: number, at: number | null, set: (n: number) => void, text: string, enter?: () => void) {
  return {
    role: "slider",
    tabIndex: 0,
    "aria-label": label,
    "aria-valuemin": 0,
    "aria-valuemax": Math.max(0, count - 1),
    "aria-valuenow": at ?? 0,
    "aria-valuetext": text,
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key === "Enter") return enter?.();
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
      const jump = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : undefined;
      if (step === undefined && jump === undefined) return;
      event.preventDefault();
      set(jump ?? Math.min(count - 1, Math.max(0, (at ?? -1) + (step ?? 0))));
    },
  };
}
