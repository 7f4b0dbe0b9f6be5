-- State of the policy chain through which agents outside are called.
CREATE TABLE "policy_circuits" (
    "key" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'CLOSED',
    "opened_at" TIMESTAMPTZ(3),
    "retry_at" TIMESTAMPTZ(3),
    "probe_token" TEXT,
    "probe_expires_at" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3),

    CONSTRAINT "policy_circuits_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "policy_outcomes" (
    "key" TEXT NOT NULL,
    "process" TEXT NOT NULL,
    "second" TIMESTAMPTZ(0) NOT NULL,
    "successes" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,

    CONSTRAINT "policy_outcomes_pkey" PRIMARY KEY ("key","process","second")
);

CREATE TABLE "policy_rates" (
    "key" TEXT NOT NULL,
    "taken_until" TIMESTAMPTZ(6) NOT NULL,
    "held_until" TIMESTAMPTZ(3),

    CONSTRAINT "policy_rates_pkey" PRIMARY KEY ("key")
);

CREATE TABLE "policy_cache" (
    "key" TEXT NOT NULL,
    "entry" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "bytes" INTEGER NOT NULL,
    "stored_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "policy_cache_pkey" PRIMARY KEY ("key","entry")
);

CREATE INDEX "policy_outcomes_second_idx" ON "policy_outcomes"("second");

CREATE INDEX "policy_cache_expires_at_idx" ON "policy_cache"("expires_at");
