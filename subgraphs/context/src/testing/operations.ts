import type { Viewer } from '@flowmesh/platform/access';
import type { ContextProcess } from './context-under-test.ts';

export interface Layer {
  readonly id: string;
  readonly version: number;
  readonly order: number;
  readonly data: object;
}

export interface Result {
  readonly __typename: string;
  readonly context?: { readonly id: string; readonly version: number; readonly layerCount: number };
  readonly layer?: Layer | null;
  readonly created?: boolean;
  readonly merged?: boolean;
  readonly version?: number;
  readonly currentVersion?: number;
  readonly step?: number;
  readonly message?: string;
  readonly findings?: readonly { readonly path: string; readonly kind: string }[];
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
}

const CONTEXT = 'context { id version layerCount }';
const LAYER = 'layer { id version order data }';
const FIELDS = '... on InvalidInputError { fields { path message } } ... on MutationError { message }';
const CONFLICT = '... on ContextVersionConflictError { currentVersion context { id version layerCount } }';
const SECRETS = '... on ContextSecretsRefusedError { findings { path kind } }';

const mutation = (name: string, selection: string) => (process: ContextProcess, viewer: Viewer, input: object) =>
  process.mutate<Result>(viewer, name, input, selection);

export const create = mutation(
  'createContext',
  `${FIELDS} ${SECRETS} ... on CreateContextSuccess { created ${CONTEXT} }`,
);
export const update = mutation(
  'updateContext',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on UpdateContextSuccess { ${CONTEXT} }`,
);
export const remove = mutation('deleteContext', `${FIELDS} ${CONFLICT} ${SECRETS}`);
export const add = mutation(
  'addContextLayer',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on AddContextLayerSuccess { ${LAYER} ${CONTEXT} }`,
);
export const change = mutation(
  'updateContextLayer',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on ContextPatchError { step }
   ... on UpdateContextLayerSuccess { ${LAYER} ${CONTEXT} }`,
);
export const patch = mutation(
  'patchContextLayer',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on ContextPatchError { step }
   ... on PatchContextLayerSuccess { ${LAYER} ${CONTEXT} }`,
);
export const merge = mutation(
  'mergeContextLayer',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on MergeContextLayerSuccess { merged version ${LAYER} ${CONTEXT} }`,
);
export const removeLayer = mutation(
  'removeContextLayer',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on RemoveContextLayerSuccess { ${CONTEXT} }`,
);
export const restore = mutation(
  'restoreContextVersion',
  `${FIELDS} ${CONFLICT} ${SECRETS} ... on RestoreContextVersionSuccess { ${CONTEXT} }`,
);
export const share = mutation('shareContext', `${FIELDS} ${CONFLICT} ... on ShareContextSuccess { ${CONTEXT} }`);
export const unshare = mutation('unshareContext', `${FIELDS} ${CONFLICT} ... on UnshareContextSuccess { ${CONTEXT} }`);

let made = 0;

/** Creates a context that must be accepted, with a layer for each of these data; gives its id. */
export async function created(process: ContextProcess, viewer: Viewer, layers: readonly object[] = [], more = {}) {
  const result = await create(process, viewer, {
    name: `context ${(made += 1)}`,
    type: 'test',
    layers: layers.map((data) => ({ layerType: 'free', data })),
    ...more,
  });
  if (!result.context) throw new Error(JSON.stringify(result));
  return result.context.id;
}

export interface Resolved {
  readonly version: number;
  readonly value: object;
  readonly origins: readonly { readonly pointer: string; readonly layerId: string }[];
}

export async function resolved(process: ContextProcess, viewer: Viewer, id: string, version: number | null = null) {
  const query = `query ($id: ID!, $version: Int) {
    context(id: $id) { resolved(version: $version) { version value origins { pointer layerId } } }
  }`;
  const { context } = await process.ask<{ context: { resolved: Resolved } | null }>(viewer, query, { id, version });
  return context?.resolved ?? null;
}

export async function layersOf(process: ContextProcess, viewer: Viewer, id: string): Promise<readonly Layer[]> {
  const query = 'query ($id: ID!) { context(id: $id) { layers { id version order data } } }';
  return (await process.ask<{ context: { layers: Layer[] } }>(viewer, query, { id })).context.layers;
}
