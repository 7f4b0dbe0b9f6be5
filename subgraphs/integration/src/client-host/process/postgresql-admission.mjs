import { HostFailure } from './answers.mjs';

/** Roles that reach files and programs of the server, which no transaction prevents. */
const POWERS = `array['pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program']::pg_catalog.name[]`;

/** What is asked before anything of a caller is sent. Names are qualified, as the server may have others of the same name. */
const QUESTIONS = {
  // Tables that every database of the product has one of.
  hasOurTables: `exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
     where (n.nspname operator(pg_catalog.=) 'public' and c.relname operator(pg_catalog.=) 'outbox_positions')
        or (n.nspname operator(pg_catalog.=) 'bus' and c.relname operator(pg_catalog.=) 'bus_events'))`,
  // The same for replicas.
  system: `(select system_identifier::pg_catalog.text from pg_catalog.pg_control_system())`,
  // To the microsecond. Everybody may ask.
  started: `extract(epoch from pg_catalog.pg_postmaster_start_time())::pg_catalog.numeric::pg_catalog.text`,
  isPowerful: `exists (
    select from pg_catalog.pg_roles r
     where (r.rolsuper or r.rolname operator(pg_catalog.=) any (${POWERS}))
       and pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))`,
  hasDblink: `exists (
    select from pg_catalog.pg_extension e
      join pg_catalog.pg_depend d on d.refobjid operator(pg_catalog.=) e.oid
      join pg_catalog.pg_proc p on p.oid operator(pg_catalog.=) d.objid
     where e.extname operator(pg_catalog.=) 'dblink' and d.deptype operator(pg_catalog.=) 'e'
       and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
       and d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
       and pg_catalog.has_schema_privilege(session_user, p.pronamespace, 'USAGE')
       and pg_catalog.has_function_privilege(session_user, p.oid, 'EXECUTE'))`,
};

/** Servers that are not PostgreSQL itself, and those that do not tell. */
const NOT_TOLD = new Set(['42883', '42501', '42P01', '42703', '0A000']);

/**
 * Refuses what integrations must not use: the server of the product, by whatever name, address and database it is reached
 * and whoever knows a password for it; and, where nothing may be written, users whose reads could write all the same.
 */
export async function admit(client, { product, allowWrites }) {
  const { hasOurTables, system, started, isPowerful, hasDblink } = await askAll(client);
  const isSame = (told, ours) => typeof told === 'string' && told === ours;
  if (hasOurTables || isSame(system, product?.system) || isSame(started, product?.started)) {
    const why =
      'This is the PostgreSQL server of the product itself, which integrations cannot reach, whatever the database.';
    throw new HostFailure('BLOCKED', why);
  }
  if (allowWrites) return;
  if (isPowerful) {
    const why =
      'The user is a superuser, or may use files or programs of the server, which no read-only transaction prevents.';
    throw new HostFailure('PRIVILEGED', `${why} Use one that may only read, or allow writes.`);
  }
  if (hasDblink) {
    const why =
      'The user may call functions of the extension dblink, which write outside of the read-only transaction.';
    throw new HostFailure(
      'PRIVILEGED',
      `${why} Revoke EXECUTE on them from PUBLIC and from the user, or allow writes.`,
    );
  }
}

/** The answers by name; null for what is not told. */
async function askAll(client) {
  const names = Object.keys(QUESTIONS);
  const ask = async (asked) => {
    const { rows } = await client.query(`select ${asked.map((name) => `${QUESTIONS[name]} as "${name}"`).join(', ')}`);
    return rows[0] ?? {};
  };
  try {
    return await ask(names);
  } catch (error) {
    if (!NOT_TOLD.has(error?.code)) throw error;
  }
  const answers = {};
  for (const name of names) {
    try {
      Object.assign(answers, await ask([name]));
    } catch (error) {
      if (!NOT_TOLD.has(error?.code)) throw error;
      answers[name] = null;
    }
  }
  return answers;
}
