/** Stops what the database keeper has started. */
export default async function tearDown(): Promise<void> {
  await globalThis.stopDatabaseKeeper?.();
}
