import "@fontsource-variable/inter/wght.css";
import "./app.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queries } from "./api/client";
import { embedded, SessionProvider } from "./api/session";
import { startSpeaking } from "./kernel/i18n";
import { approvalFilters, billFilters, bundleFilters, cursor, day, depositFilters, insightView, month, next, plannerFilters, searchFilters, seriesFilters, text, viewingFilters, whole } from "./routes/filters";
import { Broken, Lost } from "./routes/lost";
import { Shell } from "./routes/shell";
import { Wordless } from "./routes/wordless";

type Raw = Record<string, unknown>;
const root = createRootRoute({ component: Shell, notFoundComponent: Lost, errorComponent: Broken });
const page = <P extends string>(path: P, load: () => Promise<{ default: () => React.ReactNode }>, read: (raw: Raw) => object = () => ({})) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load as () => Promise<{ default: React.ComponentType }>), validateSearch: (raw: Raw): Raw => read(raw) as Raw });

const period = (raw: Raw) => ({ venue: text(raw, "venue"), from: day(raw, "from"), to: day(raw, "to"), measure: text(raw, "measure") });
const routes = [
  page("/", () => import("./routes/search"), searchFilters),
  page("/together", () => import("./routes/together"), bundleFilters),
  page("/resources/$id", () => import("./routes/resource"), (raw) => ({ week: day(raw, "week"), minutes: whole(raw, "minutes") })),
  page("/bookings/$id", () => import("./routes/booking")),
  page("/checkout/$id", () => import("./routes/checkout")),
  page("/passes", () => import("./routes/passes"), (raw) => ({ kind: text(raw, "kind"), plan: text(raw, "plan") })),
  page("/programmes/$id", () => import("./routes/programme")),
  page("/manage/budgets", () => import("./routes/budgets"), (raw) => ({ venue: text(raw, "venue") })),
  page("/me", () => import("./routes/me")),
  page("/me/details", () => import("./routes/details"), (raw) => ({ of: text(raw, "of") })),
  page("/planner", () => import("./routes/planner"), plannerFilters),
  page("/series", () => import("./routes/series-plan"), seriesFilters),
  page("/series/$id", () => import("./routes/series"), (raw) => ({ plan: text(raw, "plan"), scope: text(raw, "scope"), on: day(raw, "on") })),
  page("/desk", () => import("./routes/desk"), (raw) => ({ venue: text(raw, "venue"), on: day(raw, "on") })),
  page("/upkeep", () => import("./routes/upkeep"), (raw) => ({ venue: text(raw, "venue") })),
  page("/rescues/$id", () => import("./routes/rescue")),
  page("/answer/$secret", () => import("./routes/answer")),
  page("/manage/approvals", () => import("./routes/approvals"), approvalFilters),
  page("/manage/calendars", () => import("./routes/calendars"), (raw) => ({ venue: text(raw, "venue") })),
  page("/door", () => import("./routes/door")),
  page("/manage/occupancy", () => import("./routes/occupancy"), period),
  page("/insight", () => import("./routes/insight"), insightView),
  page("/insight/bookings", () => import("./routes/insight-bookings"), insightView),
  page("/insight/takings", () => import("./routes/insight-takings"), insightView),
  page("/insight/lost", () => import("./routes/insight-lost"), insightView),
  page("/insight/closure", () => import("./routes/insight-closure"), insightView),
  page("/manage/revenue", () => import("./routes/revenue"), period),
  page("/manage/documents", () => import("./routes/documents"), (raw) => ({ issuer: text(raw, "issuer"), month: month(raw, "month"), kind: text(raw, "kind"), state: text(raw, "state"), q: text(raw, "q") })),
  page("/manage/documents/$id/mend", () => import("./routes/mend-document"), (raw) => ({ field: text(raw, "field") })),
  page("/manage/documents/new", () => import("./routes/new-document"), (raw) => ({ issuer: text(raw, "issuer"), corrects: text(raw, "corrects") })),
  page("/manage/customers/$id", () => import("./routes/customer"), (raw) => ({ field: text(raw, "field"), paper: text(raw, "paper") })),
  page("/consortium", () => import("./routes/consortium"), (raw) => ({ month: month(raw, "month") })),
  page("/consortium/settlements/$id", () => import("./routes/settlement")),
  page("/consortium/what-if", () => import("./routes/what-if"), (raw) => ({ month: month(raw, "month") })),
  page("/manage/books", () => import("./routes/books"), (raw) => ({ issuer: text(raw, "issuer"), month: month(raw, "month"), view: text(raw, "view"), customer: text(raw, "customer"), q: text(raw, "q"), field: text(raw, "field"), code: text(raw, "code"), page: cursor(raw) })),
  page("/manage/bills", () => import("./routes/bills"), billFilters),
  page("/account", () => import("./routes/account"), (raw) => ({ organisation: text(raw, "organisation"), since: month(raw, "since") })),
  page("/manage/tariffs", () => import("./routes/tariffs"), (raw) => ({ venue: text(raw, "venue"), tariff: text(raw, "tariff") })),
  page("/manage/rules", () => import("./routes/rules"), (raw) => ({ venue: text(raw, "venue"), resource: text(raw, "resource"), tab: text(raw, "tab") })),
  page("/manage/deposits", () => import("./routes/deposits"), depositFilters),
  page("/manage/viewings", () => import("./routes/viewings"), viewingFilters),
  page("/mailbox", () => import("./routes/mailbox")),
  page("/sign-in", () => import("./routes/sign-in"), (raw) => ({ next: next(raw) })),
];
const router = createRouter({ routeTree: root.addChildren(routes), defaultPreload: "intent", scrollRestoration: true });
declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const session = embedded();
const place = document.getElementById("root");
if (!place) throw new Error("no place to draw");
const speaks = startSpeaking(session.language).then(
  () => true,
  () => false,
);
createRoot(place).render(
  <StrictMode>
    {(await speaks) ? (
      <QueryClientProvider client={queries}>
        <SessionProvider first={session}>
          <RouterProvider router={router} />
        </SessionProvider>
      </QueryClientProvider>
    ) : (
      <Wordless />
    )}
  </StrictMode>,
);
