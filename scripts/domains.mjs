import { readFileSync } from 'node:fs';

/** All domains of the product, as `platform/domains/domains.ts` describes them. */
export const domains = JSON.parse(readFileSync(new URL('../platform/domains/domains.json', import.meta.url), 'utf8'));
