-- Limits of what agents may use, how much of them is used, and what is reserved by calls under way.
CREATE TYPE "budget_scope" AS ENUM ('AGENT', 'AGENT_EXECUTION', 'WORKFLOW', 'WORKFLOW_EXECUTION', 'USER');
CREATE TYPE "budget_period" AS ENUM ('TOTAL', 'DAY', 'RUN');

CREATE TABLE "budgets" (
    "id" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scope" "budget_scope" NOT NULL,
    "subject_id" TEXT NOT NULL,
    "period" "budget_period" NOT NULL,
    "max_tokens" BIGINT,
    "max_cost_usd" DOUBLE PRECISION,
    "max_calls" INTEGER,
    "max_seconds" INTEGER,
    "warn_at_percent" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "budgets_scope_subject_id_idx" ON "budgets"("scope", "subject_id");
CREATE INDEX "budgets_owner_id_created_at_id_idx" ON "budgets"("owner_id", "created_at", "id");
CREATE INDEX "budgets_created_at_id_idx" ON "budgets"("created_at", "id");

CREATE TABLE "budget_windows" (
    "budget_id" TEXT NOT NULL,
    "period_key" TEXT NOT NULL,
    "tokens" BIGINT NOT NULL DEFAULT 0,
    "cost_usd" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "calls" INTEGER NOT NULL DEFAULT 0,
    "milliseconds" BIGINT NOT NULL DEFAULT 0,
    "warned_at" TIMESTAMPTZ(3),
    "exceeded_at" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budget_windows_pkey" PRIMARY KEY ("budget_id", "period_key")
);
CREATE INDEX "budget_windows_changed_at_idx" ON "budget_windows"("changed_at");
ALTER TABLE "budget_windows" ADD CONSTRAINT "budget_windows_budget_id_fkey"
    FOREIGN KEY ("budget_id") REFERENCES "budgets"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE TABLE "budget_reservations" (
    "call_id" TEXT NOT NULL,
    "budget_id" TEXT NOT NULL,
    "period_key" TEXT NOT NULL,
    "tokens" BIGINT NOT NULL,
    "cost_usd" DOUBLE PRECISION NOT NULL,
    "milliseconds" BIGINT NOT NULL,

    CONSTRAINT "budget_reservations_pkey" PRIMARY KEY ("call_id", "budget_id", "period_key")
);
CREATE INDEX "budget_reservations_budget_id_period_key_idx" ON "budget_reservations"("budget_id", "period_key");
ALTER TABLE "budget_reservations" ADD CONSTRAINT "budget_reservations_call_id_fkey"
    FOREIGN KEY ("call_id") REFERENCES "agent_execution_calls"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "budget_reservations" ADD CONSTRAINT "budget_reservations_budget_id_period_key_fkey"
    FOREIGN KEY ("budget_id", "period_key") REFERENCES "budget_windows"("budget_id", "period_key") ON DELETE CASCADE ON UPDATE CASCADE;
