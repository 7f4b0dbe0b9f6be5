-- Contexts are shared with agents and workflows, for their executions.
ALTER TYPE "share_kind" ADD VALUE 'AGENT';
ALTER TYPE "share_kind" ADD VALUE 'WORKFLOW';
