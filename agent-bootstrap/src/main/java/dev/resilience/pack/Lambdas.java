package dev.resilience.pack;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;

/**
 * Makes the lambdas and method references of a class small classes of their own, as compilers did before Java 8. The JVM makes
 * them anew in each process, when each is first met: hundreds of them are a tenth of what a start costs, and keep the compilers busy
 * with the JDK's writer of class files. One that is of no usual form stays as it is.
 */
final class Lambdas extends ClassVisitor {

    private static final String METAFACTORY = "java/lang/invoke/LambdaMetafactory";
    private static final String MAKE = "make";

    /** Of what is made in the class itself, so that its private methods can be called. */
    private static final String ACCESS = "lambda$access$";

    private final Map<String, byte[]> made = new LinkedHashMap<>();
    private final Set<String> ownPrivate = new HashSet<>();
    private final List<Lambda> accessed = new ArrayList<>();
    private final Map<String, byte[]> classes;
    private int version;
    private String owner = "";
    private boolean isInterface;

    private Lambdas(ClassWriter writer, Map<String, byte[]> classes) {
        super(Opcodes.ASM9, writer);
        this.classes = classes;
    }

    /**
     * The class without its lambdas, and those after it.
     *
     * @param name internal
     * @param classes all that there are, by internal name
     */
    static Map<String, byte[]> takenOut(String name, Map<String, byte[]> classes) {
        byte[] classFile = classes.get(name);
        ClassReader reader = new ClassReader(classFile);
        ClassWriter writer = new ClassWriter(0);
        Lambdas lambdas = new Lambdas(writer, classes);
        privateMethods(reader, lambdas.ownPrivate);
        reader.accept(lambdas, 0);
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put(name, lambdas.made.isEmpty() ? classFile : writer.toByteArray());
        all.putAll(lambdas.made);
        return all;
    }

    private static void privateMethods(ClassReader reader, Set<String> found) {
        reader.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public MethodVisitor visitMethod(
                            int access, String name, String descriptor, String signature, String[] exceptions) {
                        if ((access & Opcodes.ACC_PRIVATE) != 0) {
                            found.add(name + descriptor);
                        }
                        return null;
                    }
                },
                ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
    }

    @Override
    public void visit(int version, int access, String name, String signature, String superName, String[] interfaces) {
        this.version = version;
        this.owner = name;
        this.isInterface = (access & Opcodes.ACC_INTERFACE) != 0;
        super.visit(version, access, name, signature, superName, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(
            int access, String name, String descriptor, String signature, String[] exceptions) {
        MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
        return new MethodVisitor(Opcodes.ASM9, next) {
            @Override
            public void visitInvokeDynamicInsn(String method, String factory, Handle bootstrap, Object... arguments) {
                Lambda lambda = METAFACTORY.equals(bootstrap.getOwner())
                                && bootstrap.getName().equals("metafactory")
                        ? Lambda.of(method, factory, arguments)
                        : null;
                if (lambda == null || !reaches(lambda)) {
                    super.visitInvokeDynamicInsn(method, factory, bootstrap, arguments);
                    return;
                }
                String type = owner + "$$L" + made.size();
                made.put(type, classOf(lambda, type));
                super.visitMethodInsn(Opcodes.INVOKESTATIC, type, MAKE, factory, false);
            }
        };
    }

    @Override
    public void visitEnd() {
        for (int i = 0; i < accessed.size(); i++) {
            accessor(accessed.get(i), ACCESS + i);
        }
        super.visitEnd();
    }

    /** Whether a class beside this one can call the method, by an accessor if need be. */
    private boolean reaches(Lambda lambda) {
        String target = lambda.handle.getOwner();
        if (target.equals(owner)) {
            return lambda.handle.getTag() != Opcodes.H_INVOKESPECIAL || isPrivate(lambda);
        }
        if (lambda.handle.getTag() == Opcodes.H_INVOKESPECIAL || target.startsWith("[")) {
            return false;
        }
        byte[] other = classes.get(target);
        if (other == null) {
            return true;
        }
        Set<String> hidden = new HashSet<>();
        privateMethods(new ClassReader(other), hidden);
        return !hidden.contains(lambda.handle.getName() + lambda.handle.getDesc());
    }

    private boolean isPrivate(Lambda lambda) {
        return lambda.handle.getOwner().equals(owner)
                && ownPrivate.contains(lambda.handle.getName() + lambda.handle.getDesc());
    }

    private byte[] classOf(Lambda lambda, String type) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        writer.visit(
                version,
                Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC,
                type,
                null,
                "java/lang/Object",
                new String[] {lambda.made.getInternalName()});
        String fields = Type.getMethodDescriptor(Type.VOID_TYPE, lambda.captured);
        constructor(writer, lambda, type, fields);
        if (lambda.captured.length == 0) {
            only(writer, type);
        }
        MethodVisitor make = begin(writer, Opcodes.ACC_STATIC, MAKE, lambda.factory);
        if (lambda.captured.length == 0) {
            make.visitFieldInsn(Opcodes.GETSTATIC, type, "ONLY", "L" + type + ";");
        } else {
            make.visitTypeInsn(Opcodes.NEW, type);
            make.visitInsn(Opcodes.DUP);
            load(make, 0, lambda.captured);
            make.visitMethodInsn(Opcodes.INVOKESPECIAL, type, "<init>", fields, false);
        }
        end(make, Opcodes.ARETURN);
        implementation(writer, lambda, type);
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static void constructor(ClassWriter writer, Lambda lambda, String type, String descriptor) {
        MethodVisitor constructor = begin(writer, Opcodes.ACC_PRIVATE, "<init>", descriptor);
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
        int slot = 1;
        for (int i = 0; i < lambda.captured.length; i++) {
            Type captured = lambda.captured[i];
            writer.visitField(Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL, "c" + i, captured.getDescriptor(), null, null)
                    .visitEnd();
            constructor.visitVarInsn(Opcodes.ALOAD, 0);
            constructor.visitVarInsn(captured.getOpcode(Opcodes.ILOAD), slot);
            constructor.visitFieldInsn(Opcodes.PUTFIELD, type, "c" + i, captured.getDescriptor());
            slot += captured.getSize();
        }
        end(constructor, Opcodes.RETURN);
    }

    /** What captures nothing is made once, as the JVM does. */
    private static void only(ClassWriter writer, String type) {
        writer.visitField(
                        Opcodes.ACC_PRIVATE | Opcodes.ACC_STATIC | Opcodes.ACC_FINAL,
                        "ONLY",
                        "L" + type + ";",
                        null,
                        null)
                .visitEnd();
        MethodVisitor initializer = begin(writer, Opcodes.ACC_STATIC, "<clinit>", "()V");
        initializer.visitTypeInsn(Opcodes.NEW, type);
        initializer.visitInsn(Opcodes.DUP);
        initializer.visitMethodInsn(Opcodes.INVOKESPECIAL, type, "<init>", "()V", false);
        initializer.visitFieldInsn(Opcodes.PUTSTATIC, type, "ONLY", "L" + type + ";");
        end(initializer, Opcodes.RETURN);
    }

    private void implementation(ClassWriter writer, Lambda lambda, String type) {
        MethodVisitor code = begin(writer, Opcodes.ACC_PUBLIC, lambda.method, lambda.erased.getDescriptor());
        boolean constructs = lambda.handle.getTag() == Opcodes.H_NEWINVOKESPECIAL && !isPrivate(lambda);
        if (constructs) {
            code.visitTypeInsn(Opcodes.NEW, lambda.handle.getOwner());
            code.visitInsn(Opcodes.DUP);
        }
        for (int i = 0; i < lambda.captured.length; i++) {
            code.visitVarInsn(Opcodes.ALOAD, 0);
            code.visitFieldInsn(Opcodes.GETFIELD, type, "c" + i, lambda.captured[i].getDescriptor());
            Conversion.reference(code, lambda.captured[i], lambda.parameters[i]);
        }
        Type[] given = lambda.erased.getArgumentTypes();
        Type[] known = lambda.instantiated.getArgumentTypes();
        int slot = 1;
        for (int i = 0; i < given.length; i++) {
            code.visitVarInsn(given[i].getOpcode(Opcodes.ILOAD), slot);
            slot += given[i].getSize();
            Conversion.of(given[i], known[i], lambda.parameters[lambda.captured.length + i])
                    .write(code);
        }
        if (isPrivate(lambda)) {
            String access = ACCESS + accessed.size();
            accessed.add(lambda);
            code.visitMethodInsn(
                    Opcodes.INVOKESTATIC,
                    owner,
                    access,
                    Type.getMethodDescriptor(lambda.result, lambda.parameters),
                    isInterface);
        } else {
            lambda.call(code);
        }
        Type wanted = lambda.erased.getReturnType();
        Conversion.of(lambda.result, lambda.result, wanted).write(code);
        end(code, wanted.getOpcode(Opcodes.IRETURN));
    }

    private void accessor(Lambda lambda, String name) {
        MethodVisitor code = super.visitMethod(
                Opcodes.ACC_STATIC | Opcodes.ACC_SYNTHETIC | (isInterface ? Opcodes.ACC_PUBLIC : 0),
                name,
                Type.getMethodDescriptor(lambda.result, lambda.parameters),
                null,
                null);
        code.visitCode();
        boolean constructs = lambda.handle.getTag() == Opcodes.H_NEWINVOKESPECIAL;
        if (constructs) {
            code.visitTypeInsn(Opcodes.NEW, owner);
            code.visitInsn(Opcodes.DUP);
        }
        int slots = load(code, 0, lambda.parameters);
        lambda.call(code);
        code.visitInsn(lambda.result.getOpcode(Opcodes.IRETURN));
        code.visitMaxs(Math.max(slots + (constructs ? 2 : 0), lambda.result.getSize()), slots);
        code.visitEnd();
    }

    private static MethodVisitor begin(ClassWriter writer, int access, String name, String descriptor) {
        MethodVisitor code = writer.visitMethod(access, name, descriptor, null, null);
        code.visitCode();
        return code;
    }

    private static void end(MethodVisitor code, int instruction) {
        code.visitInsn(instruction);
        code.visitMaxs(0, 0);
        code.visitEnd();
    }

    /** @return the slot after the last */
    private static int load(MethodVisitor code, int from, Type[] types) {
        int slot = from;
        for (Type type : types) {
            code.visitVarInsn(type.getOpcode(Opcodes.ILOAD), slot);
            slot += type.getSize();
        }
        return slot;
    }
}
