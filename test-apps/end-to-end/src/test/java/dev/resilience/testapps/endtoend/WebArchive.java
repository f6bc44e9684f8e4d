package dev.resilience.testapps.endtoend;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The web application of {@code com.example.war}, packed as one is that brings its own libraries. */
final class WebArchive {

    private static final String SERVLET = "com/example/war/FrontServlet.class";

    private WebArchive() {}

    /** Writes the archive to {@code file}, whose folder is there. */
    static void pack(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream archive = new JarOutputStream(out)) {
            add(archive, "WEB-INF/web.xml", """
                    <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
                      <absolute-ordering/>
                      <servlet>
                        <servlet-name>front</servlet-name>
                        <servlet-class>com.example.war.FrontServlet</servlet-class>
                        <load-on-startup>1</load-on-startup>
                      </servlet>
                      <servlet-mapping><servlet-name>front</servlet-name><url-pattern>/*</url-pattern></servlet-mapping>
                    </web-app>
                    """.getBytes(StandardCharsets.UTF_8));
            add(archive, "WEB-INF/classes/" + SERVLET, Files.readAllBytes(Path.of(Built.tinyApplications(), SERVLET)));
            for (Path library : libraries()) {
                add(archive, "WEB-INF/lib/" + library.getFileName(), Files.readAllBytes(library));
            }
        }
    }

    private static List<Path> libraries() throws IOException {
        try (Stream<Path> client = Files.list(Built.folder("web-inf-lib", ""))) {
            return Stream.concat(client, Stream.of(Built.library("h2.jar")))
                    .sorted()
                    .toList();
        }
    }

    private static void add(JarOutputStream archive, String name, byte[] content) throws IOException {
        archive.putNextEntry(new JarEntry(name));
        archive.write(content);
        archive.closeEntry();
    }
}
