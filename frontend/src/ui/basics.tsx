import { useEffect, useId, useLayoutEffect, useRef, useState, type ButtonHTMLAttributes, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { sentence } from "../api/client";
import { countdown, now } from "../kernel/time";

type Reason = Schemas["Reason"];

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  tone?: "main" | "plain" | "danger";
  /** Why it cannot be done now; said beside the button and to screen readers. */
  why?: string | undefined;
  busy?: boolean;
}

export function Button({ tone = "plain", why, busy = false, className = "", children, onClick, ...rest }: ButtonProps) {
  const id = useId();
  const off = Boolean(why) || busy;
  return (
    <span className="with-why">
      <button
        type="button"
        className={`button ${tone} ${className}`}
        aria-disabled={off || undefined}
        aria-describedby={why ? id : undefined}
        aria-busy={busy || undefined}
        onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
        {...rest}
      >
        {children}
      </button>
      {why ? (
        <small id={id} className="why">
          {why}
        </small>
      ) : null}
    </span>
  );
}

export function Field({ label, hint, error, children }: { label: string; hint?: string; error?: string | undefined; children: (id: string, described: string | undefined) => ReactNode }) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, note ? `${id}-note` : undefined)}
      {note ? (
        <small id={`${id}-note`} className={error ? "error" : "hint"}>
          {note}
        </small>
      ) : null}
    </div>
  );
}

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const { t } = useTranslation();
  if (reasons.length === 0) return null;
  return (
    <ul className="reasons">
      {reasons.map((reason) => (
        <li key={reason.code + reason.detail}>
          {reason.detail} <span className="muted">{t(`fixable.${reason.fixable_by}`)}</span>
        </li>
      ))}
    </ul>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="failure" role="alert">
      <p>{sentence(error)}</p>
      {retry ? <Button onClick={retry}>{t("retry")}</Button> : null}
    </div>
  );
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="skeleton" aria-busy="true">
      <span className="visually-hidden">{t("loading")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

const SIGNS: Record<string, string> = { held: "◷", requested: "?", confirmed: "✓", refused: "✕", cancelled: "✕", lapsed: "◌", offered: "★" };
export function StateBadge({ state }: { state: Schemas["BookingState"] }) {
  const { t } = useTranslation();
  return (
    <span className={`badge ${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {t(`state.${state}`)}
    </span>
  );
}

/** The time left, ticking; tells when it has run out. */
export function Countdown({ until, onEnd }: { until: string; onEnd?: () => void }) {
  const [at, tick] = useState(now());
  const done = countdown(until, at) === "00:00";
  useEffect(() => {
    const timer = setInterval(() => tick(now()), 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (done) onEnd?.();
  }, [done, onEnd]);
  return (
    <span className="countdown" role="timer">
      {countdown(until, at)}
    </span>
  );
}

export function Dialog({ title, open, onClose, children }: { title: string; open: boolean; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const { t } = useTranslation();
  const id = useId();
  const leaving = useRef(false);
  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog?.open) {
      dialog?.showModal();
      // Where something is filled in, one begins there: what a reader types, or a second Enter, must not close it.
      dialog?.querySelector<HTMLElement>("form :is(input:not([type=radio]), :checked, select, textarea):enabled")?.focus();
    }
    if (!open && dialog?.open) dialog.close();
  }, [open]);
  // A dialog that is only taken away leaves the focus nowhere; one that is closed gives it back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current;
    leaving.current = false;
    return () => {
      leaving.current = true;
      dialog?.close();
      // What opened it may be gone with what was done in it.
      window.setTimeout(() => document.activeElement === document.body && document.querySelector("h1")?.focus({ preventScroll: true }));
    };
  }, []);
  return (
    <dialog
      ref={ref}
      // Escape closes as the ✕ does, in one step with the page's state: the browser alone tells of it a little later, and
      // whoever opens the dialog again in between would see it closed by the news of before.
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return; // a file that was not chosen is no dialog that is left
        event.preventDefault();
        onClose();
      }}
      onClose={() => leaving.current || onClose()}
      aria-labelledby={id}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="icon" onClick={onClose} aria-label={t("close")}>
          ✕
        </button>
      </header>
      {open ? children : null}
    </dialog>
  );
}

/** As a `ref`: takes the focus when what had it is gone, so that who works by keyboard or ear goes on from here. */
export const heir = (element: HTMLElement | null): void => {
  if (document.activeElement === document.body) element?.focus();
};

/** The page's own heading; focus comes here after navigation, so that a screen reader says where one is. What was told of
 * an act that has led here keeps it. */
export function Title({ children }: { children: ReactNode }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!document.activeElement?.matches(".told")) ref.current?.focus({ preventScroll: true });
    if (typeof children === "string") document.title = `${children} · Ballatoio`;
  }, [children]);
  return (
    <h1 ref={ref} tabIndex={-1}>
      {children}
    </h1>
  );
}
