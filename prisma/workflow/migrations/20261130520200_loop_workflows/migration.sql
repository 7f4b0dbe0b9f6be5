-- Workflows whose steps repeat.
ALTER TYPE "workflow_type" ADD VALUE 'LOOP';
