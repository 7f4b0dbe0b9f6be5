-- Calls that were interrupted, so that nobody knows what became of them.
ALTER TYPE "integration_call_outcome" ADD VALUE 'UNKNOWN';
