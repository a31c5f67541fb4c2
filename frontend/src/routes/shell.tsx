import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../api/client";
import { signOut, useRole, useSession } from "../api/session";
import { speak } from "../kernel/i18n";

const THEMES = ["system", "light", "dark"] as const;

/** Not "theme": the configuration pages of the same origin keep their own under that name. */
const THEME = "ballatoio-theme";

/** What managing takes, behind one word; it closes by Escape, by leaving it, and on the next page. */
function Menu({ label, here, children }: { label: string; here: boolean; children: ReactNode }) {
  const ref = useRef<HTMLDetailsElement>(null);
  const [open, show] = useState(false);
  useEffect(() => {
    if (!open) return undefined;
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key !== "Escape" : ref.current?.contains(event.target as Node)) return;
      if (event instanceof KeyboardEvent) ref.current?.querySelector("summary")?.focus();
      show(false);
    };
    const events = ["keydown", "focusin", "pointerdown"] as const;
    for (const name of events) document.addEventListener(name, leave);
    return () => {
      for (const name of events) document.removeEventListener(name, leave);
    };
  }, [open]);
  return (
    <details ref={ref} className={here ? "menu here" : "menu"} open={open} onToggle={(event) => show(event.currentTarget.open)}>
      <summary>{label}</summary>
      <div>{children}</div>
    </details>
  );
}

/** What is on every screen: where one can go, the language, the light, and who one is. */
export function Shell() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const held = useSession();
  const { session } = held;
  const staff = useRole("staff", "manager", "administrator");
  const manager = useRole("manager", "administrator");
  const office = useRole("manager", "accountant", "administrator");
  const [theme, setTheme] = useState(localStorage.getItem(THEME) ?? "system");
  const path = useRouterState({ select: (state) => state.location.pathname });
  const onTheWall = path === "/door";
  const moving = useRouterState({ select: (state) => state.isLoading });
  useEffect(() => {
    localStorage.setItem(THEME, theme);
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const turn = async (language: string) => {
    await speak(language);
    if (session.person) await client.PATCH("/api/v1/people/me", { body: { language: language as "it" } });
    await queries.invalidateQueries(); // reasons, names of codes and refusals are the API's words
  };
  if (onTheWall)
    return (
      <main id="main">
        <Outlet />
      </main>
    );
  return (
    <>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <path d="M3 21h26M3 27h26M7 21v6M13 21v6M19 21v6M25 21v6M9 17V8h6v9M18 17V8h6v9" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
          </svg>
          Ballatoio
        </Link>
        <nav aria-label={t("nav.label")}>
          <Link to="/">{t("nav.search")}</Link>
          <Link to="/planner">{t("nav.planner")}</Link>
          {session.person ? <Link to="/me">{t("nav.me")}</Link> : null}
          {staff ? <Link to="/desk">{t("nav.desk")}</Link> : null}
          {staff ? <Link to="/manage/approvals">{t("nav.approvals")}</Link> : null}
          {staff ? <Link to="/upkeep">{t("nav.upkeep")}</Link> : null}
          {staff || office ? (
            <Menu key={path} label={t("nav.manage")} here={(path.startsWith("/manage/") && path !== "/manage/approvals") || /^\/(consortium|insight)/.test(path)}>
              {office ? <Link to="/insight">{t("nav.insight")}</Link> : null}
              {office ? <Link to="/manage/revenue">{t("nav.revenue")}</Link> : null}
              {office ? <Link to="/manage/documents">{t("nav.documents")}</Link> : null}
              {office && session.roles.some((role) => role.consortium_id || role.kind === "administrator") ? <Link to="/consortium">{t("nav.consortium")}</Link> : null}
              {office ? <Link to="/manage/tariffs">{t("nav.tariffs")}</Link> : null}
              <Link to="/manage/deposits">{t("nav.deposits")}</Link>
              {office ? <Link to="/manage/books">{t("nav.books")}</Link> : null}
              {office ? <Link to="/manage/bills">{t("nav.bills")}</Link> : null}
              {manager ? <Link to="/manage/rules">{t("nav.rules")}</Link> : null}
              {staff ? <Link to="/manage/budgets">{t("nav.budgets")}</Link> : null}
              {staff ? <Link to="/manage/calendars">{t("nav.calendars")}</Link> : null}
              {manager ? <Link to="/manage/viewings">{t("nav.viewings")}</Link> : null}
            </Menu>
          ) : null}
          {session.demo && session.person ? <Link to="/mailbox">{t("nav.mailbox")}</Link> : null}
        </nav>
        <div className="tools">
          <label>
            <span className="visually-hidden">{t("language")}</span>
            <select value={i18n.language} onChange={(e) => void turn(e.target.value)}>
              <option value="it">IT</option>
              <option value="en">EN</option>
            </select>
          </label>
          <label>
            <span className="visually-hidden">{t("theme.label")}</span>
            <select value={theme} onChange={(e) => setTheme(e.target.value)}>
              {THEMES.map((name) => (
                <option key={name} value={name}>
                  {t(`theme.${name}`)}
                </option>
              ))}
            </select>
          </label>
          {session.person ? (
            <>
              <span className="me" title={session.person.name}>
                {session.person.initials}
              </span>
              <button type="button" className="link" onClick={() => void signOut(held)}>
                {t("signOut")}
              </button>
            </>
          ) : (
            <Link to="/sign-in">{t("signIn")}</Link>
          )}
        </div>
      </header>
      <main id="main" aria-busy={moving || undefined}>
        <Outlet />
      </main>
      <footer className="foot">
        <a href="/api/docs">API</a> · Ballatoio
      </footer>
    </>
  );
}
