import { isOutage } from '@flowmesh/platform/errors';
import type { Logger } from '@flowmesh/platform/logging';
import { ServiceAwayError } from '@flowmesh/platform/services';
import { StepFailure, StepWait } from '../step-types/step-type.ts';
import type { Command } from './commands.ts';
import { expressionFailure } from './expression-failure.ts';
import { plainText } from '@flowmesh/platform/validation';

interface Attempt {
  readonly executionId: string;
  readonly stepId: string;
  readonly token: string;
  readonly logger: Logger;
}

/** What is to become of an attempt that threw: it has failed, or is begun again as its outcome is unknown. */
export function commandOfFailure(error: unknown, { executionId, stepId, token, logger }: Attempt): Command {
  if (error instanceof StepWait) {
    const wait = { ...error.wait, reason: plainText(error.wait.reason) };
    return { kind: 'postpone', stepId, token, service: error.service, fault: false, wait };
  }
  const service = awayService(error);
  if (service) {
    logger.warn({ err: error, executionId, stepId }, 'a step waits for a service');
    const fault = error instanceof ServiceAwayError && error.answered;
    const reason = error instanceof ServiceAwayError && error.needs ? error.message : undefined;
    return { kind: 'postpone', stepId, token, service, fault, reason };
  }
  const failure = error instanceof StepFailure ? error : expressionFailure(error);
  if (failure) {
    const { code, message, retryable } = failure;
    // Expressions and other services write what they like into their messages.
    const told = { code: plainText(code), message: plainText(message) };
    const details = failure instanceof StepFailure ? failure.details : {};
    return { kind: 'fail', stepId, token, error: told, retryable, ...details };
  }
  logger.error({ err: error, executionId, stepId }, 'step failed unexpectedly');
  const unexpected = { code: 'STEP_FAILED', message: 'The step failed unexpectedly.' };
  return { kind: 'fail', stepId, token, error: unexpected, retryable: true };
}

/** The service that a step has to wait for: another one, or this one while its own database is not available. */
function awayService(error: unknown): string | null {
  if (error instanceof ServiceAwayError) return error.service;
  return !(error instanceof StepFailure) && isOutage(error) ? 'workflow' : null;
}
