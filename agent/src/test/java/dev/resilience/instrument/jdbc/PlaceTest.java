package dev.resilience.instrument.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlaceTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/booking",
                "jdbc:postgresql://db1:5432,db2:5432/booking?targetServerType=primary",
                "jdbc:postgresql://10.0.0.1:5432/booking?socketTimeout=10",
                "jdbc:postgresql://[2001:db8::1]:5432/booking",
                "jdbc:postgresql://app:***@db/booking",
                "jdbc:mysql://db:3306/shop?sessionVariables=x=0",
                "jdbc:mysql://address=(host=db)(port=3306)/shop",
                "jdbc:mariadb:replication://db1,db2/shop",
                "jdbc:mysql:///shop?cloudSqlInstance=a:b:c&socketFactory=com.google.cloud.sql.mysql.SocketFactory",
                "jdbc:oracle:thin:@db:1521:shop",
                "jdbc:oracle:thin:@//db:1521/shop",
                "jdbc:oracle:thin:@tcps://db:1521/shop",
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521)))",
                "jdbc:oracle:oci:@shop",
                "jdbc:sqlserver://db:1433;databaseName=shop",
                "jdbc:sqlserver://;serverName=db;databaseName=shop",
                "jdbc:sybase:Tds:db:5000/shop",
                "jdbc:as400:sys;libraries=shop",
                "jdbc:as400://sys/shop",
                "jdbc:firebirdsql:db/3050:/x.fdb",
                "jdbc:firebirdsql:native:db/3050:/x.fdb",
                "jdbc:firebirdsql://db:3050/x",
                "jdbc:jtds:sqlserver://db/shop;namedPipe=false",
                "jdbc:jtds:sqlserver://db/shop;namedPipe=FALSE;user=app",
                "jdbc:mariadb://db/shop?pipe=&user=app",
                "jdbc:postgresql://db/shop?sslSocketFactory=com.example.Trusting",
                "jdbc:p6spy:postgresql://db/shop",
                "jdbc:log4jdbc:sybase:Tds:db:5000/shop",
                "jdbc:h2:tcp://db/mem:shop",
                "jdbc:hsqldb:hsql://db/shop",
                "jdbc:derby://db:1527/shop"
            })
    void a_server_with_a_name_is_the_same_from_everywhere(String url) {
        assertThat(Place.of(url)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://localhost/booking",
                "jdbc:postgresql://LOCALHOST:5432/booking",
                "jdbc:postgresql://127.0.0.1:5432/booking",
                "jdbc:postgresql://[::1]:5432/booking",
                "jdbc:postgresql://[0:0:0:0:0:0:0:1]/booking",
                "jdbc:postgresql://[::ffff:127.0.0.1]/booking",
                "jdbc:postgresql://app:***@localhost/booking",
                "jdbc:postgresql://db,localhost/booking",
                "jdbc:postgresql:booking",
                "jdbc:postgresql:/",
                "jdbc:postgresql:///booking",
                "jdbc:postgresql://:5432/booking",
                "jdbc:postgresql://?user=app",
                "jdbc:mysql:///shop",
                "jdbc:mysql://address=(host=localhost)(port=3306)/shop",
                "jdbc:mysql:loadbalance://127.0.0.1:3307,db/shop",
                "jdbc:mysql://host.docker.internal/shop",
                "jdbc:oracle:thin:@localhost:1521:shop",
                "jdbc:oracle:thin:@//127.0.0.1/shop",
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=localhost)(PORT=1521)))",
                "jdbc:oracle:oci:@",
                "jdbc:sqlserver://localhost\\shop",
                "jdbc:sqlserver://.;databaseName=shop",
                "jdbc:sqlserver://;databaseName=shop",
                "jdbc:sqlserver://;serverName=localhost",
                "jdbc:sybase:Tds:localhost:5000/shop",
                "jdbc:sybase:jndi:file:shop",
                "jdbc:as400:localhost",
                "jdbc:as400:*LOCAL",
                "jdbc:as400:",
                "jdbc:firebirdsql:localhost/3050:/x.fdb",
                "jdbc:firebirdsql:[::1]/3050:/x.fdb",
                "jdbc:firebirdsql:127.0.0.1/3050:/x.fdb",
                "jdbc:firebirdsql:embedded:/x.fdb",
                "jdbc:firebirdsql:local:/data/3050:/x.fdb",
                "jdbc:firebirdsql:C:/x.fdb",
                "jdbc:firebirdsql:/x.fdb",
                "jdbc:otel:postgresql:shop",
                "jdbc:tracing:mysql://localhost/shop",
                "jdbc:h2:tcp://localhost/mem:shop",
                "jdbc:hsqldb:hsql://localhost",
                "jdbc:derby://localhost:1527/shop"
            })
    void this_hosts_own_only_from_here(String url) {
        assertThat(Place.of(url)).isNotNull().isEqualTo(Place.of("jdbc:postgresql://localhost/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:sqlite:/data/shop.db",
                "jdbc:sqlite://data/shop.db",
                "jdbc:sqlite:file:shop.db?cache=shared",
                "jdbc:h2:~/shop",
                "jdbc:h2:file:/data/shop;AUTO_SERVER=TRUE",
                "jdbc:hsqldb:file:/data/shop",
                "jdbc:derby:/data/shop;create=true",
                "jdbc:mariadb://db/shop?localSocket=/run/mysqld.sock",
                "jdbc:mariadb://address=(localSocket=/run/mysqld.sock)/shop",
                "jdbc:mysql://db/shop?user=app&unix_socket=/run/mysqld.sock",
                "jdbc:jtds:sqlserver://db/shop;namedPipe=true",
                "jdbc:p6spy:sqlite:shop.db",
                "jdbc:otel:h2:~/shop",
                "jdbc:postgresql://db/shop?socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
            })
    void and_files_with_those_who_see_them(String url) {
        assertThat(Place.of(url)).isNotNull().isEqualTo(Place.of("jdbc:sqlite:shop.db"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1",
                "jdbc:h2:mem:",
                "jdbc:h2:nioMemFS:shop",
                "jdbc:p6spy:h2:mem:shop",
                "jdbc:otel:h2:mem:x",
                "jdbc:log4jdbc:hsqldb:mem:shop",
                "jdbc:tracing:otel:derby:memory:shop",
                "jdbc:sqlite::memory:",
                "jdbc:sqlite:",
                "jdbc:sqlite:file:shop?mode=memory&cache=shared",
                "jdbc:hsqldb:mem:shop",
                "jdbc:derby:memory:shop;create=true"
            })
    void what_is_in_memory_is_one_jvms(String url) {
        assertThat(Place.of(url))
                .isEqualTo(Place.of("jdbc:h2:mem:other"))
                .isNotEqualTo(Place.of("jdbc:h2:~/shop"))
                .isNotEqualTo(Place.of("jdbc:postgresql:shop"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void another_jvm_of_the_host_says_the_same() throws IOException {
        String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.UTF_8);
        String net = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        assertThat(Place.of("jdbc:postgresql:shop")).contains(boot.strip()).endsWith(net);
    }
}
