-- People are told of approvals, and can decide by a link.
ALTER TABLE "workflow_approvals" ADD COLUMN "remind_at" TIMESTAMPTZ(3);
CREATE INDEX "workflow_approvals_reminders_idx" ON "workflow_approvals"("remind_at")
  WHERE (status = 'PENDING' AND remind_at IS NOT NULL);

ALTER TABLE "workflow_approval_decisions" ADD COLUMN "via" TEXT NOT NULL DEFAULT 'GRAPH';

CREATE TABLE "workflow_approval_askings" (
  "execution_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "occasion" TEXT NOT NULL,
  "tries" INTEGER NOT NULL DEFAULT 0,
  "next_try_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "done_at" TIMESTAMPTZ(3),
  CONSTRAINT "workflow_approval_askings_pkey" PRIMARY KEY ("execution_id", "step_id", "generation", "occasion"),
  CONSTRAINT "workflow_approval_askings_approval_fkey"
    FOREIGN KEY ("execution_id", "step_id", "generation")
    REFERENCES "workflow_approvals"("execution_id", "step_id", "generation") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_approval_askings_due_idx" ON "workflow_approval_askings"("next_try_at") WHERE (done_at IS NULL);

CREATE TABLE "workflow_approval_notices" (
  "id" TEXT NOT NULL,
  "approval_id" TEXT NOT NULL,
  "execution_id" TEXT NOT NULL,
  "step_id" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "occasion" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "approver_id" TEXT,
  "started_by_id" TEXT NOT NULL,
  "status" TEXT NOT NULL DEFAULT 'WAITING',
  "problem" TEXT,
  "notification_id" TEXT,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "workflow_approval_notices_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "workflow_approval_notices_asking_fkey"
    FOREIGN KEY ("execution_id", "step_id", "generation", "occasion")
    REFERENCES "workflow_approval_askings"("execution_id", "step_id", "generation", "occasion")
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_approval_notices_approval_idx" ON "workflow_approval_notices"("approval_id", "created_at", "id");
CREATE INDEX "workflow_approval_notices_asking_idx"
  ON "workflow_approval_notices"("execution_id", "step_id", "generation", "occasion");
CREATE INDEX "workflow_approval_notices_starter_idx" ON "workflow_approval_notices"("started_by_id", "created_at");

CREATE TABLE "workflow_approval_links" (
  "token_hash" TEXT NOT NULL,
  "notice_id" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT "workflow_approval_links_pkey" PRIMARY KEY ("token_hash"),
  CONSTRAINT "workflow_approval_links_notice_id_fkey" FOREIGN KEY ("notice_id")
    REFERENCES "workflow_approval_notices"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "workflow_approval_links_notice_id_idx" ON "workflow_approval_links"("notice_id");
