/** The first screen after signing in, by what the server says one's home is. */
export const HOMES = {
  search: "/",
  association: "/planner",
  desk: "/desk",
  insight: "/insight",
  documents: "/manage/documents",
} as const;
