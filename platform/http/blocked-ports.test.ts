import { portProblem } from './blocked-ports.ts';

test('a port is refused with the remedy', () => {
  expect(portProblem('http://127.0.0.1:5060/v1')).toBe('must have another port: HTTP clients refuse to call 5060');
  expect(['http://127.0.0.1:5070', 'https://a.example', 'http://a.example:80', 'nothing'].map(portProblem)).toEqual(
    Array(4).fill(null),
  );
});
