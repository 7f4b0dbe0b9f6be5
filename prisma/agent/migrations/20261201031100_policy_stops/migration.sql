-- CreateTable
CREATE TABLE "policy_stops" (
    "key" TEXT NOT NULL,
    "process" TEXT NOT NULL,
    "stopped_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "policy_stops_pkey" PRIMARY KEY ("key","process")
);

-- CreateIndex
CREATE INDEX "policy_stops_stopped_until_idx" ON "policy_stops"("stopped_until");
