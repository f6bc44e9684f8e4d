package dev.resilience.instrument.jdbc;

import java.nio.charset.StandardCharsets;
import javax.transaction.xa.Xid;

/** The one branch of a transaction that a manager directs. */
record Branch() implements Xid {

    @Override
    public int getFormatId() {
        return 7;
    }

    @Override
    public byte[] getGlobalTransactionId() {
        return "order".getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte[] getBranchQualifier() {
        return "stock".getBytes(StandardCharsets.US_ASCII);
    }
}
