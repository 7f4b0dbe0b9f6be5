import type { DeliveryReport } from './delivery-report-service.ts';

const number = (value: number) => value.toLocaleString('en');
const ms = (value: number | null) => (value === null ? '–' : `${number(Math.round(value))} ms`);

/** A report as people read it. */
export function reportText({ period, timeZone, totals, previousTotals, channels, failures, kind }: DeliveryReport) {
  const before = kind === 'DAILY' ? 'the day before' : 'the month before';
  const lines = [
    `Notifications of ${period} (${timeZone})`,
    '',
    `${number(totals.total)} accepted; ${number(previousTotals.total)} ${before}`,
    `${number(totals.sent)} sent, ${number(totals.delivered)} of them known to be delivered`,
    `${number(totals.failed)} failed, ${number(totals.expired)} expired, ${number(totals.cancelled)} cancelled, ${number(totals.pending)} pending`,
    `Latency: ${ms(totals.p50LatencyMs)} (median), ${ms(totals.p95LatencyMs)} (95 %)`,
    '',
    ...channels.map(({ channel, figures }) => `${channel}: ${number(figures.sent)} of ${number(figures.total)} sent`),
    ...(failures.length > 0 ? ['', 'What failed most:'] : []),
    ...failures.slice(0, 10).map(({ channel, code, attempts }) => `${channel}: ${code}, ${number(attempts)} attempts`),
  ];
  return { subject: `Delivery report ${period}`, content: lines.join('\n') };
}
