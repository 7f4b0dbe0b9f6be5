-- How many messages a sender has sent out of the product on a day (UTC).
CREATE TABLE "sender_days" (
    "sender_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "sender_days_pkey" PRIMARY KEY ("sender_id", "day")
);
