import { createContext, useContext, useState, type ReactNode } from "react";
import { client, queries, setToken, type Session } from "./client";

interface Held {
  session: Session;
  set: (session: Session) => void;
}
const Context = createContext<Held | null>(null);

/** The session that the page came with. */
export function embedded(): Session {
  const found = document.getElementById("session");
  const session = JSON.parse(found?.textContent ?? "null") as Session;
  setToken(session.csrf_token);
  return session;
}

export function SessionProvider({ first, children }: { first: Session; children: ReactNode }) {
  const [session, keep] = useState(first);
  const set = (next: Session) => {
    setToken(next.csrf_token);
    keep(next);
    queries.clear();
  };
  return <Context.Provider value={{ session, set }}>{children}</Context.Provider>;
}

export function useSession(): Held {
  const held = useContext(Context);
  if (!held) throw new Error("no session");
  return held;
}

export async function signOut(held: Held): Promise<void> {
  await client.DELETE("/api/v1/session");
  const { data } = await client.GET("/api/v1/session");
  if (data) held.set(data);
}

export function useRole(...kinds: string[]): boolean {
  return useSession().session.roles.some((role) => kinds.includes(role.kind));
}

/** The venues of those for whom one works in one of these roles, or in any; an administrator's are all. */
export function useOwnVenues(...kinds: string[]): Session["venues"] {
  const { roles, venues } = useSession().session;
  if (roles.some((role) => role.kind === "administrator")) return venues;
  const mine = new Set(roles.filter((role) => kinds.length === 0 || kinds.includes(role.kind)).map((role) => role.partner?.id));
  return venues.filter((venue) => mine.has(venue.partner_id));
}
