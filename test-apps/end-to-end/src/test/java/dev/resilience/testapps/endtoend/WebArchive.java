package dev.resilience.testapps.endtoend;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;

/** The application of {@code com.example.war}, packed with its own libraries. */
final class WebArchive {

    private static final String CLASSES = "com/example/war/";

    private WebArchive() {}

    /** Writes the archive for a servlet container to {@code file}, whose folder is there. */
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
            for (String type : List.of("FrontServlet", "Calls")) {
                add(archive, "WEB-INF/classes/" + CLASSES + type + ".class", classFile(type));
            }
            for (Path library : libraries()) {
                add(archive, "WEB-INF/lib/" + library.getFileName(), Files.readAllBytes(library));
            }
        }
    }

    /**
     * Writes the executable archive that Spring Boot 3 makes: its loader, which finds the libraries in archives within the
     * archive, and no other part of it.
     */
    static void packExecutable(Path file) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(Attributes.Name.MAIN_CLASS, "org.springframework.boot.loader.launch.JarLauncher");
        manifest.getMainAttributes().putValue("Start-Class", "com.example.war.Console");
        manifest.getMainAttributes().putValue("Spring-Boot-Classes", "BOOT-INF/classes/");
        manifest.getMainAttributes().putValue("Spring-Boot-Lib", "BOOT-INF/lib/");
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream archive = new JarOutputStream(out, manifest);
                JarFile loader =
                        new JarFile(Built.library("spring-boot-loader.jar").toFile())) {
            for (JarEntry entry : Collections.list(loader.entries())) {
                if (entry.getName().endsWith(".class")) {
                    add(archive, entry.getName(), loader.getInputStream(entry).readAllBytes());
                }
            }
            // The loader looks for the folder itself.
            archive.putNextEntry(new JarEntry("BOOT-INF/classes/"));
            archive.closeEntry();
            for (String type : List.of("Console", "Calls")) {
                add(archive, "BOOT-INF/classes/" + CLASSES + type + ".class", classFile(type));
            }
            for (Path library : libraries()) {
                stored(archive, "BOOT-INF/lib/" + library.getFileName(), Files.readAllBytes(library));
            }
        }
    }

    /** Writes the bundle of an OSGi framework, whose libraries are archives within the archive. */
    static void packBundle(Path file) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "com.example.war");
        attributes.putValue("Bundle-Version", "1.0.0");
        attributes.putValue("Bundle-Activator", "com.example.war.ShopBundle");
        attributes.putValue("Import-Package", "org.osgi.framework");
        attributes.putValue("DynamicImport-Package", "javax.*,jdk.net,org.ietf.jgss,org.xml.*,org.w3c.*");
        attributes.putValue(
                "Bundle-ClassPath",
                libraries().stream()
                        .map(library -> ",lib/" + library.getFileName())
                        .collect(joining("", ".", "")));
        try (OutputStream out = Files.newOutputStream(file);
                JarOutputStream archive = new JarOutputStream(out, manifest)) {
            for (String type : List.of("ShopBundle", "Console", "Calls")) {
                add(archive, CLASSES + type + ".class", classFile(type));
            }
            for (Path library : libraries()) {
                add(archive, "lib/" + library.getFileName(), Files.readAllBytes(library));
            }
        }
    }

    /** Writes a module for JBoss Modules below {@code root}, a folder that is there. */
    static void layOutModule(Path root) throws IOException {
        Path module = Files.createDirectories(root.resolve("com/example/war/main"));
        Path classes = Files.createDirectories(module.resolve("classes").resolve(CLASSES));
        for (String type : List.of("Console", "Calls")) {
            Files.write(classes.resolve(type + ".class"), classFile(type));
        }
        StringBuilder resources = new StringBuilder();
        for (Path library : libraries()) {
            Files.copy(library, module.resolve(library.getFileName()));
            resources
                    .append("<resource-root path='")
                    .append(library.getFileName())
                    .append("'/>");
        }
        Files.writeString(module.resolve("module.xml"), """
                <module xmlns="urn:jboss:module:1.9" name="com.example.war">
                  <main-class name="com.example.war.Console"/>
                  <resources><resource-root path="classes"/>%s</resources>
                  <dependencies><module name="java.se"/><module name="jdk.net"/></dependencies>
                </module>
                """.formatted(resources));
    }

    private static byte[] classFile(String type) throws IOException {
        return Files.readAllBytes(Path.of(Built.tinyApplications(), CLASSES + type + ".class"));
    }

    /** Uncompressed, as the loader needs it. */
    private static void stored(JarOutputStream archive, String name, byte[] content) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(content);
        JarEntry entry = new JarEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(sum.getValue());
        archive.putNextEntry(entry);
        archive.write(content);
        archive.closeEntry();
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
