import fc from 'fast-check';

/** A step of a generated workflow, before it is written for the graph or interpreted by the reference. */
export interface Node {
  readonly id: string;
  readonly does: Work;
  readonly dependencies: readonly string[];
  /** Behind a condition that is never true. */
  readonly never: boolean;
  readonly onSkip: 'CONTINUE' | 'SKIP_FOLLOWERS';
  readonly continueOnFailure: boolean;
  readonly onFailure: readonly string[];
}

export type Leaf =
  | { readonly kind: 'TRANSFORM'; readonly fails: boolean }
  | { readonly kind: 'CONDITION' }
  /** So many attempts fail before one succeeds; `retryCount` of them are made up for. */
  | { readonly kind: 'AGENT'; readonly failing: number; readonly retryCount: number }
  | { readonly kind: 'INTEGRATION'; readonly fails: boolean }
  | { readonly kind: 'NOTIFICATION'; readonly fails: boolean }
  | { readonly kind: 'CONTEXT'; readonly fails: boolean }
  | { readonly kind: 'DELAY' }
  /** `fails`: nobody sends the signal. */
  | { readonly kind: 'WAIT_FOR_EVENT'; readonly fails: boolean }
  /** `fails`: it is rejected. */
  | { readonly kind: 'APPROVAL'; readonly fails: boolean };

export type Work =
  | Leaf
  | { readonly kind: 'FOR_EACH'; readonly items: number; readonly goesOn: boolean; readonly body: readonly Node[] }
  | { readonly kind: 'LOOP'; readonly rounds: number; readonly body: readonly Node[] }
  /** One of the workflows that others run, by its number. */
  | { readonly kind: 'SUB_WORKFLOW'; readonly other: number };

const sometimes = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const failing = { fails: sometimes };
const kind = <const K extends string>(name: K) => ({ kind: fc.constant(name) });

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ ...kind('TRANSFORM'), ...failing }),
  fc.record(kind('CONDITION')),
  fc.record({
    ...kind('AGENT'),
    failing: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) }),
    retryCount: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ ...kind('INTEGRATION'), ...failing }),
  fc.record({ ...kind('NOTIFICATION'), ...failing }),
  fc.record({ ...kind('CONTEXT'), ...failing }),
  fc.record(kind('DELAY')),
  fc.record({ ...kind('WAIT_FOR_EVENT'), ...failing }),
  fc.record({ ...kind('APPROVAL'), ...failing }),
);

const OTHERS = 5;

/** The same steps with names that no other step of the workflow has. */
function named(nodes: readonly Node[], within: string): readonly Node[] {
  const name = (id: string) => `${within}${id}`;
  return nodes.map((node) => ({
    ...node,
    id: name(node.id),
    dependencies: node.dependencies.map(name),
    onFailure: node.onFailure.map(name),
    does: 'body' in node.does ? { ...node.does, body: named(node.does.body, `${name(node.id)}_`) } : node.does,
  }));
}

/** What a step does: at depth 0 it has no steps inside. A loop directly inside of a loop would have the same names. */
function work(depth: number, inLoop: boolean): fc.Arbitrary<Work> {
  if (depth === 0) return leaf;
  return fc.oneof(
    { weight: 9, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: fc.record({
        ...kind('FOR_EACH'),
        items: fc.nat({ max: 3 }),
        goesOn: fc.boolean(),
        body: body(depth - 1, false),
      }),
    },
    ...(inLoop
      ? []
      : [
          {
            weight: 1,
            arbitrary: fc.record({
              ...kind('LOOP'),
              rounds: fc.integer({ min: 1, max: 3 }),
              body: body(depth - 1, true),
            }),
          },
        ]),
    { weight: 1, arbitrary: fc.record({ ...kind('SUB_WORKFLOW'), other: fc.nat({ max: OTHERS - 1 }) }) },
  );
}

const plain = { never: false, onSkip: 'SKIP_FOLLOWERS', continueOnFailure: false, onFailure: [] } as const;

/** Steps one after the other; the last one always has a result. */
function inARow(works: fc.Arbitrary<Work>, maxLength: number): fc.Arbitrary<readonly Node[]> {
  return fc
    .array(fc.record({ does: works, continueOnFailure: sometimes }), { minLength: 0, maxLength })
    .map((all) => [...all, { does: { kind: 'TRANSFORM', fails: false } as const, continueOnFailure: false }])
    .map((all) =>
      all.map(({ does, continueOnFailure }, index) => ({
        ...plain,
        ...{ id: `b${index}`, does, continueOnFailure },
        dependencies: index === 0 ? [] : [`b${index - 1}`],
      })),
    );
}

const body = (depth: number, inLoop: boolean) => inARow(work(depth, inLoop), 2);

/** Workflows that others run as steps. They have no context of their own. */
export const others = fc.array(
  inARow(
    leaf.filter((each) => each.kind !== 'CONTEXT'),
    2,
  ),
  { minLength: OTHERS, maxLength: OTHERS },
);

/** A graph of steps of all types, with conditions, and with steps that catch what fails. */
export const workflows: fc.Arbitrary<readonly Node[]> = fc
  .array(
    fc.record({
      does: work(2, false),
      before: fc.array(fc.nat(), { maxLength: 3 }),
      never: sometimes,
      goesOn: fc.boolean(),
      tolerated: fc.integer({ min: 0, max: 3 }),
      handlers: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((given) => {
    const handlersOf = given.map(({ handlers, tolerated }, index) => {
      const later = given.length - index - 1;
      return later > 0 && tolerated === 1 ? [...new Set(handlers.map((n) => `s${index + 1 + (n % later)}`))] : [];
    });
    const nodes = given.map(({ does, before, never, goesOn, tolerated }, index): Node => {
      const caught = handlersOf.flatMap((handlers, at) => (handlers.includes(`s${index}`) ? [`s${at}`] : []));
      const earlier = index === 0 ? [] : before.map((n) => `s${n % index}`);
      return {
        ...{ id: `s${index}`, does, never },
        dependencies: [...new Set([...earlier, ...caught])],
        onSkip: goesOn ? 'CONTINUE' : 'SKIP_FOLLOWERS',
        continueOnFailure: tolerated === 0,
        onFailure: handlersOf[index] ?? [],
      };
    });
    return named(nodes, '');
  });
