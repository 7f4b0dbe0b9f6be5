-- Executions of a workflow may be refused unless they are given a context.
ALTER TYPE "workflow_context_mode" ADD VALUE 'REQUIRED';
