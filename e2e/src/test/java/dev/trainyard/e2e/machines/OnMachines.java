package dev.trainyard.e2e.machines;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives each test class a {@link MachineYard}, where machines can be started beside the cluster.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(MachineYardExtension.class)
@DisabledIf(
    value = "dev.trainyard.e2e.machines.MachineYardExtension#clusterIsElsewhere",
    disabledReason = "the cluster does not reach the machines of this host")
@interface OnMachines {}
