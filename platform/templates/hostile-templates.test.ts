import { closeSandbox } from '../sandbox/index.ts';
import { HOSTILE_TEMPLATES, HOSTILE_VARIABLES, type HostileTemplate } from './fixtures/hostile-templates.ts';
import { renderTemplate, renderTemplates, TemplateError } from './index.ts';

const MAX_MS = 1_000;
const MAX_BLOCKED_MS = 50;
/** What is slow only because the machine was busy is not so again and again. */
const ATTEMPTS = 10;

afterAll(closeSandbox);

async function attempt({ text }: HostileTemplate, html: boolean) {
  // A process that was ended has to be started again; that is not this template's time.
  await renderTemplate('warm', {});
  let blockedMs = 0;
  let lookedAt = performance.now();
  const look = () => {
    blockedMs = Math.max(blockedMs, performance.now() - lookedAt);
    lookedAt = performance.now();
  };
  const timer = setInterval(look, 1);
  const begun = performance.now();
  const result = await renderTemplates([{ text, html }], HOSTILE_VARIABLES).then(
    ([rendered]) => rendered,
    (error: unknown) => error,
  );
  const tookMs = performance.now() - begun;
  look();
  clearInterval(timer);
  return { result, tookMs, blockedMs };
}

type Attempt = Awaited<ReturnType<typeof attempt>>;

test('there are more than fifty, each once', () => {
  expect(new Set(HOSTILE_TEMPLATES.map(({ text }) => text)).size).toBeGreaterThan(50);
});

test.each(HOSTILE_TEMPLATES)('$name: $outcome in time, and the event loop goes on', async (template) => {
  for (const html of [false, true]) {
    const isRight = ({ result }: Attempt) =>
      template.outcome === 'refused' ? result instanceof TemplateError : result === template.gives;
    let seen = await attempt(template, html);
    for (
      let n = 1;
      n < ATTEMPTS && (!isRight(seen) || seen.tookMs > MAX_MS || seen.blockedMs > MAX_BLOCKED_MS);
      n += 1
    ) {
      seen = await attempt(template, html);
    }
    if (template.outcome === 'refused') expect(seen.result).toBeInstanceOf(TemplateError);
    else expect(seen.result).toBe(template.gives);
    expect(seen.tookMs).toBeLessThanOrEqual(MAX_MS);
    expect(seen.blockedMs).toBeLessThanOrEqual(MAX_BLOCKED_MS);
  }
});
