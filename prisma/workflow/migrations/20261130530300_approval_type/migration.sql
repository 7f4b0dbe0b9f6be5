-- Used from the next migration on.
ALTER TYPE "workflow_step_type" ADD VALUE 'APPROVAL';
