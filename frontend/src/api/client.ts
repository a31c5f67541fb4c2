import createFetchClient from "openapi-fetch";
import createQueries from "openapi-react-query";
import { QueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
export type Session = Schemas["Session"];

/** Thrown for every answer that is a problem; `problem` is the server's own words. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

let token = "";
export function setToken(value: string): void {
  token = value;
}

const SAFE = new Set(["GET", "HEAD"]);
export const client = createFetchClient<paths, "application/json">({ baseUrl: window.location.origin });

client.use({
  onRequest({ request }) {
    request.headers.set("Accept-Language", i18next.language);
    if (!SAFE.has(request.method)) {
      request.headers.set("X-CSRFToken", token);
      if (!request.headers.has("Idempotency-Key")) request.headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const kind = response.headers.get("Content-Type") ?? "";
    if (kind.includes("problem+json")) throw new Refusal((await response.json()) as Problem);
    throw new Error(`${response.status} ${response.url}`);
  },
});

export const api = createQueries(client);

/** What was asked before a change does not answer for what is after it. The library asks again for what it has already
 * shown, and lets a first load that is still under way stand: that one is asked anew here too. */
class Asked extends QueryClient {
  override async invalidateQueries(...[filters, options]: Parameters<QueryClient["invalidateQueries"]>) {
    await this.cancelQueries({
      ...filters,
      predicate: (query) => query.state.data === undefined && query.state.fetchStatus !== "idle" && (filters?.predicate?.(query) ?? true),
    });
    await super.invalidateQueries(filters, options);
  }
}

export const queries = new Asked({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (count, error) => !(error instanceof Refusal) && count < 2,
    },
  },
});

/** What went wrong, in a sentence for people; a problem brings its own. */
export function sentence(error: unknown): string {
  return error instanceof Refusal ? error.problem.detail : i18next.t("error.network");
}

/** Whether the answer is a refusal that the server gives again for that key: only these ask for another one. */
export const isRemembered = (error: unknown): boolean => error instanceof Refusal && (error.problem.status === 403 || error.problem.status === 409) && error.problem.code !== "idempotency-key-in-use";

/** A value for the header that the middleware fills in: the schema asks for it, the caller need not think of it. */
export const keyed = () => ({ "Idempotency-Key": crypto.randomUUID() });
