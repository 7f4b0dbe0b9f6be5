import { isHalted, processorTime, residentMemory } from './process-status.ts';

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('tells how long a process had a processor, and nothing of one that is not there', async () => {
  const before = processorTime(process.pid)!;
  const { user, system } = process.cpuUsage();
  const used = () => {
    const now = process.cpuUsage();
    return (now.user + now.system - user - system) / 1_000;
  };
  while (used() < 100);
  const busy = processorTime(process.pid)! - before;
  // Other threads, which collect garbage, count for the process only.
  expect(busy).toBeGreaterThan(30);
  expect(busy).toBeLessThanOrEqual(used() + 20);
  expect(residentMemory(process.pid)).toBeGreaterThan(1_000_000);
  expect([processorTime(4_194_305), residentMemory(4_194_305), isHalted(4_194_305)]).toEqual([
    undefined,
    undefined,
    false,
  ]);
});
