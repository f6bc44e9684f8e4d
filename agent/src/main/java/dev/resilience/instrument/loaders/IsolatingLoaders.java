package dev.resilience.instrument.loaders;

import dev.resilience.instrument.RuleKind;
import dev.resilience.instrument.WeavePoint;
import java.util.List;
import java.util.Set;

/**
 * Loaders that ask the boot loader for the packages alone that they were told of: those of JBoss Modules (WildFly, JBoss EAP)
 * and of the OSGi frameworks Felix (Karaf, GlassFish) and Equinox (Eclipse, Open Liberty, Virgo).
 */
public final class IsolatingLoaders {

    private IsolatingLoaders() {}

    public static void addPoints(List<WeavePoint> points) {
        points.add(new WeavePoint(
                new WeavePoint.Named(Set.of(
                        "org/jboss/modules/ConcurrentClassLoader",
                        "org/apache/felix/framework/BundleWiringImpl$BundleClassLoader",
                        "org/eclipse/osgi/internal/loader/ModuleClassLoader",
                        "org/eclipse/osgi/internal/baseadaptor/DefaultClassLoader")),
                "loadClass",
                null,
                BootDelegationAdvice.class,
                RuleKind.ANY,
                IsolatingLoaders.class.getName()));
    }
}
