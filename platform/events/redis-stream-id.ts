export const STREAM_START = '0-0';

function parts(id: string): [bigint, bigint] {
  const [time = '0', sequence = '0'] = id.split('-');
  return [BigInt(time), BigInt(sequence)];
}

/** Whether stream id `a` (`<milliseconds>-<sequence>`) comes before `b`. */
export function isBefore(a: string, b: string): boolean {
  const [timeA, sequenceA] = parts(a);
  const [timeB, sequenceB] = parts(b);
  return timeA === timeB ? sequenceA < sequenceB : timeA < timeB;
}
