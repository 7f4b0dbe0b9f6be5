import { createLogger } from '../logging/index.ts';
import { Lifecycle } from './index.ts';

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
