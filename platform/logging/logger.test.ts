import { createLogger, withLogContext } from './index.ts';

test('each line has the request id of its work, its own fields, and those of no other line', () => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const logger = createLogger({ level: 'info', name: 'test' }, { write });
  withLogContext({ requestId: 'r1' }, () => {
    logger.info({ table: 'agents' }, 'first');
    logger.info({ password: 'hunter2' }, 'second');
  });
  logger.info('third');
  const shown = lines.map(({ msg, requestId, table, password }) => ({ msg, requestId, table, password }));
  expect(shown).toEqual([
    { msg: 'first', requestId: 'r1', table: 'agents', password: undefined },
    { msg: 'second', requestId: 'r1', table: undefined, password: '•••' },
    { msg: 'third', requestId: undefined, table: undefined, password: undefined },
  ]);
});
