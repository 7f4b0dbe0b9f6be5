import type { TriggerReason } from '../trigger-record.ts';

export const BY_USER: TriggerReason = { code: 'BY_USER', message: 'Somebody has paused it.' };
export const NEVER_AGAIN: TriggerReason = {
  code: 'NEVER_AGAIN',
  message: 'Its schedule has no further time within ten years.',
};
export const INTEGRATION_GONE: TriggerReason = {
  code: 'INTEGRATION_GONE',
  message: 'The integration whose reports it waits for is gone: give it another one, then resume it.',
};
export const OVERLAPS: TriggerReason = { code: 'OVERLAP', message: 'An execution before it had not ended.' };
export const QUEUE_FULL: TriggerReason = { code: 'QUEUE_FULL', message: 'Too many waited before it.' };
export const REPLACED: TriggerReason = { code: 'REPLACED', message: 'A later firing has taken its place.' };
export const MISSED: TriggerReason = {
  code: 'MISSED',
  message: 'The product was not running at the time; the trigger passes over what was missed.',
};
export const WAS_PAUSED: TriggerReason = { code: 'PAUSED', message: 'The trigger was paused before it started.' };
/** Said of what the filter lets through: other events of its own executions are not the trigger's business. */
export const LOOP: TriggerReason = {
  code: 'LOOP',
  message: 'An execution of this trigger has led to the event, perhaps by way of other triggers.',
};
