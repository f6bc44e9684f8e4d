package com.example.sabotage;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.dynamic.scaffold.TypeValidation;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;

/**
 * An agent that comes first on the command line and breaks another one: a method of its choice throws each time it is
 * called. Its argument is {@code class#method}, what is thrown, or {@code hang}, the system property {@code sabotage}. {@code threads} as the
 * argument makes every start of a thread fail whose name begins with {@code resilience-}, as the kernel's limit would.
 */
public final class Saboteur implements ClassFileTransformer {

    private final String type;
    private final String method;
    private final Class<?> advice;

    private Saboteur(String type, String method, Class<?> advice) {
        this.type = type;
        this.method = method;
        this.advice = advice;
    }

    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        if (arguments.equals("threads")) {
            instrumentation.addTransformer(new Saboteur("java/lang/Thread", "start", NoThreads.class), true);
            instrumentation.retransformClasses(Thread.class);
        } else {
            String[] parts = arguments.split("#");
            instrumentation.addTransformer(new Saboteur(parts[0].replace('.', '/'), parts[1], Throwing.class), false);
        }
    }

    @Override
    public byte[] transform(
            ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] classFile) {
        if (!type.equals(name)) {
            return null;
        }
        try {
            ClassFileLocator locator = new ClassFileLocator.Compound(
                    ClassFileLocator.Simple.of(name.replace('/', '.'), classFile),
                    ClassFileLocator.ForClassLoader.of(loader));
            TypeDescription described = TypePool.Default.of(locator)
                    .describe(name.replace('/', '.'))
                    .resolve();
            return new ByteBuddy()
                    .with(TypeValidation.DISABLED)
                    .redefine(described, locator)
                    .visit(Advice.to(advice, ClassFileLocator.ForClassLoader.of(Saboteur.class.getClassLoader()))
                            .on(
                                    method.equals("<init>")
                                            ? ElementMatchers.isConstructor()
                                            : ElementMatchers.<net.bytebuddy.description.method.MethodDescription>named(
                                                            method)
                                                    .and(ElementMatchers.not(ElementMatchers.isAbstract()))))
                    .make()
                    .getBytes();
        } catch (Throwable failure) {
            System.out.println("sabotage failed: " + failure);
            return null;
        }
    }

    /** Inlined, so it names nothing of ours. */
    static final class Throwing {

        private Throwing() {}

        @Advice.OnMethodEnter
        static void enter() throws Throwable {
            String fault = System.getProperty("sabotage");
            if (fault.equals("OutOfMemoryError")) {
                throw new OutOfMemoryError("sabotage");
            } else if (fault.equals("StackOverflowError")) {
                throw new StackOverflowError("sabotage");
            } else if (fault.equals("LinkageError")) {
                throw new NoClassDefFoundError("sabotage");
            } else if (fault.equals("Error")) {
                throw new Error("sabotage");
            } else if (fault.equals("hang")) {
                System.err.println("sabotage hangs");
                Thread.sleep(Long.MAX_VALUE);
            } else if (fault.equals("IOException")) {
                throw new java.io.IOException("sabotage");
            } else {
                throw new IllegalStateException("sabotage");
            }
        }
    }

    /** Inlined, so it names nothing of ours. */
    static final class NoThreads {

        private NoThreads() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.This Thread thread) {
            if (thread.getName().startsWith("resilience-")) {
                throw new OutOfMemoryError("unable to create native thread: sabotage");
            }
        }
    }
}
