-- What steps ask people, and what those decide.
CREATE TABLE "workflow_approvals" (
  "execution_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'PENDING',
  "asked" JSONB NOT NULL,
  "approver_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
  "approver_role_ids" TEXT[] DEFAULT ARRAY[]::TEXT[],
  "deadline_at" TIMESTAMPTZ(3) NOT NULL,
  "escalated_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "closed_at" TIMESTAMPTZ(3),
  CONSTRAINT "workflow_approvals_pkey" PRIMARY KEY ("execution_id", "step_id", "generation"),
  CONSTRAINT "workflow_approvals_execution_id_fkey" FOREIGN KEY ("execution_id")
    REFERENCES "workflow_executions"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_approvals_approvers_idx" ON "workflow_approvals" USING GIN ("approver_ids")
  WHERE (status = 'PENDING');
CREATE INDEX "workflow_approvals_roles_idx" ON "workflow_approvals" USING GIN ("approver_role_ids")
  WHERE (status = 'PENDING');

CREATE TABLE "workflow_approval_decisions" (
  "id" TEXT NOT NULL,
  "execution_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "user_id" TEXT NOT NULL,
  "verdict" TEXT NOT NULL,
  "comment" TEXT,
  "decided_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "workflow_approval_decisions_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "workflow_approval_decisions_approval_fkey"
    FOREIGN KEY ("execution_id", "step_id", "generation")
    REFERENCES "workflow_approvals"("execution_id", "step_id", "generation") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "workflow_approval_decisions_person_key"
  ON "workflow_approval_decisions"("execution_id", "step_id", "generation", "user_id");
