/** Asks the database keeper of the run for the address of its server, or for the name of a domain's template. */
export async function askKeeper(address: string, what: 'server' | `template/${string}`): Promise<string> {
  const answer = await fetch(`${address}/${what}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PostgreSQL for tests: ${text}`);
  return text;
}
