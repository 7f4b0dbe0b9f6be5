import type { Viewer } from '@flowmesh/platform/access';
import type { GuardedHttp } from '@flowmesh/platform/http';
import { OpenApiError, readOpenApi, type OpenApiDocument } from '@flowmesh/platform/openapi';
import { waitingViewer } from '@flowmesh/platform/sandbox';
import { conflict, invalidInput, notFound, parseInput, type InvalidField } from '@flowmesh/platform/validation';
import { NO_INTEGRATION } from '../integrations/integration-failures.ts';
import type { IntegrationRecord } from '../integrations/integration-record.ts';
import type { IntegrationService } from '../integrations/integration-service.ts';
import { MAX_OPERATIONS } from '../integrations/operation-input.ts';
import { fetchDocument } from './fetch-document.ts';
import { changesBy, usableOperations, type ImportedOperations } from './imported-operations.ts';
import { importShape, type ImportOpenApiInput } from './openapi-input.ts';
import { ReadingTurns } from './reading-turns.ts';

/** Changes that lose against others are tried again this often. */
const ATTEMPTS = 5;
/** Shown of a longer list. */
const MAX_NAMES = 20;

export interface OpenApiServiceParts {
  readonly integrations: IntegrationService;
  readonly http: GuardedHttp;
}

/** Takes operations of HTTP integrations from OpenAPI documents. */
export class OpenApiService {
  private readonly turns = new ReadingTurns();

  constructor(private readonly parts: OpenApiServiceParts) {}

  async import(viewer: Viewer, input: ImportOpenApiInput) {
    const { integrations, http } = this.parts;
    const integration = await integrations.changeable(viewer, input.id);
    if (!integration) return notFound(NO_INTEGRATION);
    const parsed = parseInput(importShape, input);
    if (!parsed.ok) return parsed.error;
    if (integration.type !== 'HTTP')
      return invalidInput([{ path: 'id', message: 'must be an integration of type HTTP' }]);
    const { document: given, url, tags = null, operations = null } = parsed.data;
    const whom = waitingViewer(viewer);
    try {
      const text = given ?? (await fetchDocument(http, url ?? ''));
      const selection = { tags, operations, most: MAX_OPERATIONS };
      const document = await this.turns.take(whom.owner ?? '', () => readOpenApi(text, selection, whom));
      const unknown = unknownNames(document);
      if (unknown.length > 0) return invalidInput(unknown);
      if (document.wanted > MAX_OPERATIONS)
        return invalidInput([{ path: 'operations', message: tooMany(document.wanted) }]);
      return await this.change(viewer, input, { document, found: await usableOperations(document, whom) });
    } catch (error) {
      if (!(error instanceof OpenApiError)) throw error;
      return invalidInput([{ path: given == null ? 'url' : 'document', message: error.message }]);
    }
  }

  private async change(
    viewer: Viewer,
    { id, tags, operations: selected, dryRun = false, expectedVersion = null, ...input }: ImportOpenApiInput,
    { document, found }: { readonly document: OpenApiDocument; readonly found: ImportedOperations },
  ) {
    const keepOthers = input.keepOthers ?? (tags != null || selected != null);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const integration = await this.parts.integrations.changeable(viewer, id);
      if (!integration) return notFound(NO_INTEGRATION);
      if (expectedVersion !== null && expectedVersion !== integration.version) {
        return conflict(`The integration is at version ${integration.version}, not ${expectedVersion}.`);
      }
      const own = new Set(integration.operations.filter((each) => !each.imported).map(({ name }) => name));
      const operations = found.operations.filter(({ name }) => !own.has(name));
      const refused = found.operations.filter(({ name }) => own.has(name)).map(byHand);
      const changes = changesBy(integration.operations, operations, keepOthers);
      if (changes.operations.length > MAX_OPERATIONS) {
        return invalidInput([{ path: 'operations', message: tooMany(changes.operations.length) }]);
      }
      const isSame = [changes.added, changes.changed, changes.removed].every((names) => names.length === 0);
      const now = dryRun || isSame ? integration : await this.replace(integration, changes.operations);
      if (!now) continue;
      const { title, documentVersion, openApiVersion, problems, servers, securitySchemes } = document;
      return {
        __typename: 'ImportOpenApiSuccess' as const,
        ...{ integration: now, title, documentVersion, openApiVersion },
        ...{ problems: [...problems], servers: [...servers], securitySchemes: [...securitySchemes] },
        ...{ operations, added: changes.added, changed: changes.changed, removed: changes.removed },
        ...{ skipped: [...found.skipped, ...refused], notes: [...found.notes] },
      };
    }
    return conflict('Others are changing this integration; try again.');
  }

  private replace(integration: IntegrationRecord, operations: IntegrationRecord['operations']) {
    return this.parts.integrations.replaceOperations(integration, operations);
  }
}

/** What a selection asks for and the document does not have: a typo must not look like an empty document. */
const unknownNames = ({ selected }: OpenApiDocument): InvalidField[] =>
  (['tags', 'operations'] as const).flatMap((path) => {
    const { unknown, known } = selected[path];
    if (unknown.length === 0) return [];
    const listed = unknown.slice(0, MAX_NAMES).join(', ') + (unknown.length > MAX_NAMES ? ', …' : '');
    const there = known.length === 0 ? 'none' : known.join(', ') + (known.length === MAX_NAMES ? ', …' : '');
    return [{ path, message: `must be of the document, which does not have ${listed}; it has ${there}` }];
  });

const tooMany = (count: number) =>
  `must select fewer: there would be ${count.toLocaleString('en')}, and an integration may have ${MAX_OPERATIONS}`;

const byHand = ({ name }: { readonly name: string }) => ({
  name,
  operation: name,
  reason: 'an operation of this name is declared by hand',
});
