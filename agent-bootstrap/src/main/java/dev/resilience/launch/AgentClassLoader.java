package dev.resilience.launch;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Loads the agent and its libraries from a {@link Pack} inside the one jar, hidden from the application. Its parent is the
 * platform loader: the agent sees the JDK and nothing of the application. Thread-safe.
 */
public final class AgentClassLoader extends ClassLoader {

    static {
        registerAsParallelCapable();
    }

    /** Prefix of the agent's resources and of its libraries'. */
    private static final String AGENT = "r/";

    private static final String CLASS = ".class";

    private final JarFile jar;

    /** Null in a jar that the agent was unpacked into. */
    private final Pack pack;

    /**
     * Where there is a security manager the jar's, so that a policy can name the agent by it. Elsewhere the classes have no
     * source: lists of classes for shared archives leave such classes out.
     */
    private final ProtectionDomain domain;

    @SuppressWarnings("removal")
    public AgentClassLoader(File file) throws IOException {
        super("resilience", ClassLoader.getPlatformClassLoader());
        // Unverified: checking signatures of our own jar would cost every start tens of milliseconds.
        this.jar = new JarFile(file, false);
        this.pack = Pack.of(jar);
        this.domain = System.getSecurityManager() == null ? null : AgentClassLoader.class.getProtectionDomain();
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        try (Pack.Found found = pack == null ? null : pack.find(Pack.hash(name, name.length()))) {
            if (found == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, found.bytes(), found.offset, found.length, domain);
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    @Override
    protected URL findResource(String name) {
        try {
            byte[] bytes = name.endsWith(CLASS) ? classFile(name) : null;
            JarEntry entry = bytes == null ? jar.getJarEntry(AGENT + name) : null;
            if (bytes == null && entry == null) {
                return null;
            }
            // A handler of our own: the JDK's would open the jar a second time, and cache it under a URL that the
            // application could close.
            return new URL("resilience", "", -1, "/" + name, new BytesHandler(bytes, entry));
        } catch (MalformedURLException impossible) {
            throw new UncheckedIOException(impossible);
        } catch (IOException unreadable) {
            return null;
        }
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        URL resource = findResource(name);
        return resource == null
                ? Collections.emptyEnumeration()
                : Collections.enumeration(Collections.singleton(resource));
    }

    private byte[] classFile(String resource) throws IOException {
        try (Pack.Found found =
                pack == null ? null : pack.find(Pack.hash(resource, resource.length() - CLASS.length()))) {
            return found == null ? null : Arrays.copyOfRange(found.bytes(), found.offset, found.offset + found.length);
        }
    }

    private final class BytesHandler extends URLStreamHandler {

        private final byte[] bytes;
        private final JarEntry entry;

        /** Of a class file that was read already, or of an entry of the jar; the other is null. */
        BytesHandler(byte[] bytes, JarEntry entry) {
            this.bytes = bytes;
            this.entry = entry;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    connected = true;
                }

                @Override
                public InputStream getInputStream() throws IOException {
                    if (bytes != null) {
                        return new ByteArrayInputStream(bytes);
                    }
                    try (InputStream in = jar.getInputStream(entry)) {
                        return new ByteArrayInputStream(in.readAllBytes());
                    }
                }
            };
        }
    }
}
