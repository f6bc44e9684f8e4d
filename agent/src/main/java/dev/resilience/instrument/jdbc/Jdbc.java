package dev.resilience.instrument.jdbc;

import dev.resilience.instrument.GateAdvice;
import dev.resilience.instrument.NoticeAdvice;
import dev.resilience.instrument.NoticeAfterAdvice;
import dev.resilience.instrument.ReplacingGateAdvice;
import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is woven of JDBC: the interfaces, in whatever class of a driver or pool, and what pools do on their own account. */
public final class Jdbc {

    static final String DRIVER = "java/sql/Driver";
    static final String DATA_SOURCE = "javax/sql/DataSource";
    static final String TOMCAT_SOURCE = "org/apache/tomcat/jdbc/pool/DataSourceProxy";
    static final String COPY_MANAGER = "org/postgresql/copy/CopyManager";
    static final String PGJDBCS_POOLED = "org/postgresql/ds/PGPooledConnection";
    static final String XA_SOURCE = "javax/sql/XADataSource";
    static final String POOL_SOURCE = "javax/sql/ConnectionPoolDataSource";
    static final String CONNECTION = "java/sql/Connection";
    static final String STATEMENT = "java/sql/Statement";
    static final String PREPARED = "java/sql/PreparedStatement";
    static final String CALLABLE = "java/sql/CallableStatement";
    static final String RESULT_SET = "java/sql/ResultSet";

    /** Every class of a driver or pool throws {@code java.sql.SQLException}, if it names nothing else. */
    private static final String MENTION = "java/sql/";

    /** Of Druid's the one that tries a new connection. */
    private static final Set<String> SETTING_UP = Set.of(
            "com/zaxxer/hikari/pool/PoolBase.setupConnection",
            "org/apache/commons/dbcp2/PoolableConnectionFactory.initializeConnection",
            "io/agroal/pool/ConnectionFactory.connectionSetup",
            "com/alibaba/druid/pool/DruidAbstractDataSource.initPhysicalConnection",
            "com/alibaba/druid/pool/DruidAbstractDataSource.validateConnection");

    private static final String CLIENT = "dev.resilience.instrument.jdbc.JdbcClient";

    private static final String STRING = "Ljava/lang/String;";

    /** Setters whose argument is read as it is given: behind the method nothing is left of it. */
    static final Set<String> STREAMS = Set.of(
            "setAsciiStream",
            "setBinaryStream",
            "setCharacterStream",
            "setNCharacterStream",
            "setBlob",
            "setClob",
            "setNClob");

    /**
     * Drivers' own methods by which somebody else asks or other rows are asked for, on the same session: Oracle's, MySQL's,
     * MariaDB's, DB2's, Trino's.
     */
    static final Set<String> OF_ANOTHER_USER = Set.of(
            "openProxySession",
            "setClientIdentifier",
            "clearClientIdentifier",
            "setApplicationContext",
            "clearAllApplicationContext",
            "changeUser",
            "resetServerState",
            "reset",
            "reuseDB2Connection",
            "setDB2ClientUser",
            "setEndToEndMetrics",
            "setSessionUser",
            "setShardingKey",
            "setShardingKeyIfValid");

    /** By which PostgreSQL's driver begins and ends what a transaction manager directs. */
    static final String BESIDE_STATEMENTS = "execSQLUpdate";

    private Jdbc() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Implementing(DRIVER, MENTION),
                "connect",
                "(" + STRING + "Ljava/util/Properties;)Ljava/sql/Connection;",
                ReplacingGateAdvice.class,
                RuleKind.JDBC,
                CLIENT));
        gate(points, DATA_SOURCE, "getConnection", "()Ljava/sql/Connection;");
        gate(points, DATA_SOURCE, "getConnection", "(" + STRING + STRING + ")Ljava/sql/Connection;");
        // Tomcat's source inherits it from a class that is none.
        for (String arguments : List.of("()", "(" + STRING + STRING + ")")) {
            points.add(new WeavePoint(
                    new WeavePoint.Named(Set.of(TOMCAT_SOURCE)),
                    "getConnection",
                    arguments + "Ljava/sql/Connection;",
                    GateAdvice.class,
                    RuleKind.JDBC,
                    CLIENT));
        }
        for (String arguments : List.of("()", "(" + STRING + STRING + ")")) {
            gate(points, XA_SOURCE, "getXAConnection", arguments + "Ljavax/sql/XAConnection;");
            gate(points, POOL_SOURCE, "getPooledConnection", arguments + "Ljavax/sql/PooledConnection;");
        }
        addPreparing(points);
        addExecuting(points);
        addParameters(points);
        gate(points, RESULT_SET, "next", "()Z");
        notice(points, RESULT_SET, "close", "()V");
        for (String write : List.of("updateRow", "insertRow", "deleteRow")) {
            notice(points, RESULT_SET, write, "()V");
        }
        points.add(new WeavePoint(
                new WeavePoint.Named(Set.of(COPY_MANAGER)),
                "copyIn",
                "(" + STRING + ")Lorg/postgresql/copy/CopyIn;",
                NoticeAdvice.class,
                RuleKind.JDBC,
                CLIENT));
        // Its connections and statements are proxies, which are not woven: they hear of refusals from below.
        own(points, PGJDBCS_POOLED, "fireConnectionError");
        addPools(points);
    }

    private static void addPreparing(List<WeavePoint> points) {
        for (String arguments : List.of("()", "(II)", "(III)")) {
            gate(points, CONNECTION, "createStatement", arguments + "Ljava/sql/Statement;");
        }
        for (String more : List.of("", "I", "II", "III", "[I", "[" + STRING)) {
            gate(points, CONNECTION, "prepareStatement", "(" + STRING + more + ")Ljava/sql/PreparedStatement;");
        }
        for (String more : List.of("", "II", "III")) {
            gate(points, CONNECTION, "prepareCall", "(" + STRING + more + ")Ljava/sql/CallableStatement;");
        }
        gate(points, CONNECTION, "isValid", "(I)Z");
        notice(points, CONNECTION, "close", "()V");
        notice(points, CONNECTION, "abort", "(Ljava/util/concurrent/Executor;)V");
        gate(points, CONNECTION, "setSchema", "(" + STRING + ")V");
        gate(points, CONNECTION, "setCatalog", "(" + STRING + ")V");
        gate(points, CONNECTION, BESIDE_STATEMENTS, "(" + STRING + ")V");
        gate(points, CONNECTION, "setClientInfo", "(" + STRING + STRING + ")V");
        gate(points, CONNECTION, "setClientInfo", "(Ljava/util/Properties;)V");
        for (String method : OF_ANOTHER_USER) {
            gate(points, CONNECTION, method, null);
        }
        gate(points, CONNECTION, "commit", "()V");
        gate(points, CONNECTION, "rollback", "()V");
        gate(points, CONNECTION, "rollback", "(Ljava/sql/Savepoint;)V");
        gate(points, CONNECTION, "setAutoCommit", "(Z)V");
        gate(points, CONNECTION, "getAutoCommit", "()Z");
        gate(points, CONNECTION, "setReadOnly", "(Z)V");
        gate(points, CONNECTION, "setTransactionIsolation", "(I)V");
        gate(points, CONNECTION, "clearWarnings", "()V");
    }

    private static void addExecuting(List<WeavePoint> points) {
        for (String more : List.of("", "I", "[I", "[" + STRING)) {
            gate(points, STATEMENT, "execute", "(" + STRING + more + ")Z");
            gate(points, STATEMENT, "executeUpdate", "(" + STRING + more + ")I");
            gate(points, STATEMENT, "executeLargeUpdate", "(" + STRING + more + ")J");
        }
        gate(points, STATEMENT, "executeQuery", "(" + STRING + ")Ljava/sql/ResultSet;");
        gate(points, STATEMENT, "executeBatch", "()[I");
        gate(points, STATEMENT, "executeLargeBatch", "()[J");
        gate(points, PREPARED, "execute", "()Z");
        gate(points, PREPARED, "executeQuery", "()Ljava/sql/ResultSet;");
        gate(points, PREPARED, "executeUpdate", "()I");
        gate(points, PREPARED, "executeLargeUpdate", "()J");
        gate(points, STATEMENT, "getResultSet", "()Ljava/sql/ResultSet;");
        gate(points, STATEMENT, "getUpdateCount", "()I");
        gate(points, STATEMENT, "getLargeUpdateCount", "()J");
        gate(points, STATEMENT, "getMoreResults", "()Z");
        gate(points, STATEMENT, "getMoreResults", "(I)Z");
        gate(points, STATEMENT, "getGeneratedKeys", "()Ljava/sql/ResultSet;");
        notice(points, STATEMENT, "addBatch", "(" + STRING + ")V");
        notice(points, STATEMENT, "clearBatch", "()V");
        notice(points, STATEMENT, "setMaxFieldSize", "(I)V");
        notice(points, STATEMENT, "cancel", "()V");
        notice(points, STATEMENT, "close", "()V");
    }

    private static void addParameters(List<WeavePoint> points) {
        for (String type : List.of(
                "Array",
                "AsciiStream",
                "BigDecimal",
                "BinaryStream",
                "Blob",
                "Boolean",
                "Byte",
                "Bytes",
                "CharacterStream",
                "Clob",
                "Date",
                "Double",
                "Float",
                "Int",
                "Long",
                "NCharacterStream",
                "NClob",
                "NString",
                "Null",
                "Object",
                "Ref",
                "RowId",
                "SQLXML",
                "Short",
                "String",
                "Time",
                "Timestamp",
                "URL",
                "UnicodeStream")) {
            String setter = "set" + type;
            if (STREAMS.contains(setter)) {
                gate(points, PREPARED, setter, null);
            } else {
                points.add(point(PREPARED, setter, null, NoticeAfterAdvice.class));
            }
        }
        notice(points, PREPARED, "clearParameters", "()V");
        notice(points, PREPARED, "addBatch", "()V");
        notice(points, CALLABLE, "registerOutParameter", null);
    }

    /** Tests and set-up of connections that do not go by {@code isValid}, or not on the thread that asks for one. */
    private static void addPools(List<WeavePoint> points) {
        own(points, "com/zaxxer/hikari/pool/PoolBase", "isConnectionDead");
        own(points, "com/zaxxer/hikari/pool/PoolBase", "isConnectionAlive");
        own(points, "com/zaxxer/hikari/pool/PoolBase", "setupConnection");
        own(points, "org/apache/commons/dbcp2/PoolableConnection", "validate");
        own(points, "org/apache/commons/dbcp2/PoolableConnectionFactory", "initializeConnection");
        own(points, "org/apache/commons/dbcp2/PoolableConnectionFactory", "validateConnection");
        own(points, "org/apache/tomcat/jdbc/pool/PooledConnection", "validate");
        own(points, "com/mchange/v2/c3p0/impl/DefaultConnectionTester", "activeCheckConnection");
        own(points, "com/mchange/v2/c3p0/impl/DefaultConnectionTester", "statusOnException");
        own(points, "io/agroal/pool/ConnectionFactory", "connectionSetup");
        own(points, "com/alibaba/druid/pool/DruidAbstractDataSource", "testConnectionInternal");
        own(points, "com/alibaba/druid/pool/DruidAbstractDataSource", "initPhysicalConnection");
        own(points, "com/alibaba/druid/pool/DruidAbstractDataSource", "validateConnection");
    }

    /** Whether a pool's own method sets up a connection that it has just made; the others test one. */
    static boolean setsUp(WeavePoint.Named pool, String method) {
        for (String type : pool.classes()) {
            if (SETTING_UP.contains(type + "." + method)) {
                return true;
            }
        }
        return false;
    }

    private static void gate(List<WeavePoint> points, String type, String method, @Nullable String descriptor) {
        points.add(point(type, method, descriptor, GateAdvice.class));
    }

    private static void notice(List<WeavePoint> points, String type, String method, @Nullable String descriptor) {
        points.add(point(type, method, descriptor, NoticeAdvice.class));
    }

    private static WeavePoint point(String type, String method, @Nullable String descriptor, Class<?> advice) {
        return new WeavePoint(
                new WeavePoint.Implementing(type, MENTION), method, descriptor, advice, RuleKind.JDBC, CLIENT);
    }

    private static void own(List<WeavePoint> points, String type, String method) {
        points.add(new WeavePoint(
                new WeavePoint.Named(Set.of(type)), method, null, GateAdvice.class, RuleKind.JDBC, CLIENT));
    }
}
