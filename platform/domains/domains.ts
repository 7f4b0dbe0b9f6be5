import type { DomainName } from './__generated__/domain-name.ts';
import domains from './domains.json' with { type: 'json' };

/**
 * A domain of the product: one folder in `subgraphs/`, one schema in `prisma/`, and one entry in `domains.json`, from
 * which everything follows that has to name it.
 */
export interface Domain {
  /** Of its folder, package, database, process and queues. */
  readonly name: DomainName;
  /** Where its process listens unless `PORT` says otherwise. */
  readonly port: number;
  /** Other domains that it requires. */
  readonly calls: readonly string[];
  /** Whether it has work of its own that may run in processes of their own (`ROLE=worker`). */
  readonly workers: boolean;
  /** What its processes access outside the product; when left out, they have no access to the internet. */
  readonly outside: { readonly api?: string; readonly worker?: string };
  /** What anybody may ask it over plain HTTP, below `/services/<name>/` of the public address; nothing when left out. */
  readonly publicRoutes?: { readonly paths: readonly string[]; readonly maxKilobytes: number };
}

/** All domains, in the order in which people are told of them. */
export const DOMAINS: readonly Domain[] = domains as readonly Domain[];

export const DOMAIN_NAMES: readonly DomainName[] = DOMAINS.map(({ name }) => name);

/** Throws for a name that is none. */
export function domainOf(name: string): Domain {
  const found = DOMAINS.find((domain) => domain.name === name);
  if (!found) throw new Error(`${name} is no domain: it has no entry in platform/domains/domains.json.`);
  return found;
}

/** The variable that gives the address of its database. */
export const databaseVariable = (name: string): string => `${name.toUpperCase()}_DATABASE_URL`;

/** The variable that gives the address of its process. */
export const urlVariable = (name: string): string => `${name.toUpperCase()}_URL`;
