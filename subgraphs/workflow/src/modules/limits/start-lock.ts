/** So that processes decide one after the other about starts of these workflows ($1), which are given in the order of their ids. */
export const LOCK_STARTS = `
  select pg_advisory_xact_lock(hashtextextended('workflow-starts:' || id, 0)) from unnest($1::text[]) id`;
