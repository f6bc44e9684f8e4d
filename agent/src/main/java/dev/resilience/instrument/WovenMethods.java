package dev.resilience.instrument;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.field.FieldDescription;
import net.bytebuddy.description.field.FieldList;
import net.bytebuddy.description.method.MethodList;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.Implementation;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.pool.TypePool;
import net.bytebuddy.utility.OpenedClassReader;
import org.jspecify.annotations.Nullable;

/** What is woven into which methods of one class; its other methods are copied as they are. For one thread. */
final class WovenMethods extends AsmVisitorWrapper.AbstractBase {

    private record Woven(SiteMethod method, Advice advice) {}

    private final Map<String, List<Woven>> byName = new HashMap<>();

    /** The one that is added later lies around those before. */
    void add(SiteMethod method, Advice advice) {
        byName.computeIfAbsent(method.getInternalName() + method.getDescriptor(), named -> new ArrayList<>(1))
                .add(new Woven(method, advice));
    }

    @Override
    public ClassVisitor wrap(
            TypeDescription type,
            ClassVisitor out,
            Implementation.Context context,
            TypePool pool,
            FieldList<FieldDescription.InDefinedShape> fields,
            MethodList<?> methods,
            int writerFlags,
            int readerFlags) {
        return new ClassVisitor(OpenedClassReader.ASM_API, out) {
            @Override
            public @Nullable MethodVisitor visitMethod(
                    int access,
                    String name,
                    String descriptor,
                    @Nullable String signature,
                    String @Nullable [] exceptions) {
                MethodVisitor woven = super.visitMethod(access, name, descriptor, signature, exceptions);
                if (woven == null) {
                    return null;
                }
                for (Woven one : byName.getOrDefault(name + descriptor, List.of())) {
                    woven = one.advice().wrap(type, one.method(), woven, context, pool, writerFlags, readerFlags);
                }
                return woven;
            }
        };
    }
}
