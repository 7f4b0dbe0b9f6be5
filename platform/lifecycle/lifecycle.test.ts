import { createLogger } from '../logging/index.ts';
import { GraphQLError } from 'graphql';
import { Lifecycle, stopOnUncaughtErrors } from './index.ts';

const logger = createLogger({ level: 'silent', name: 'test' });

describe('Lifecycle', () => {
  it('stops once, the last first, and goes on after what fails or hangs', async () => {
    const lifecycle = new Lifecycle(logger, 20);
    const stopped: string[] = [];
    lifecycle.onStop('database', () => void stopped.push('database'));
    lifecycle.onStop('hangs', () => new Promise(() => undefined));
    lifecycle.onStop('fails', () => {
      throw new Error('no');
    });
    lifecycle.onStop('server', () => void stopped.push('server'));
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(stopped).toEqual(['server', 'database']);
  });

  it('stops what a start that was interrupted adds late', async () => {
    const lifecycle = new Lifecycle(logger);
    const stopped: string[] = [];
    lifecycle.onStop('first', () => lifecycle.onStop('added meanwhile', () => void stopped.push('added meanwhile')));
    await lifecycle.stop();
    lifecycle.onStop('added after the end', () => void stopped.push('added after the end'));
    expect(stopped).toEqual(['added meanwhile', 'added after the end']);
  });
});

it('goes on after a promise that graphql-js has forgotten: its answer has the error', () => {
  const lifecycle = new Lifecycle(logger, 20);
  const before = new Set(process.listeners('unhandledRejection'));
  stopOnUncaughtErrors(lifecycle, logger);
  const [added] = process.listeners('unhandledRejection').filter((listener) => !before.has(listener));
  added!(new GraphQLError('of an item', { path: ['list', 0, 'name'] }), Promise.resolve());
  expect(lifecycle.isStopping).toBe(false);
  process.removeListener('unhandledRejection', added!);
  process.removeListener('uncaughtException', process.listeners('uncaughtException').at(-1)!);
});
