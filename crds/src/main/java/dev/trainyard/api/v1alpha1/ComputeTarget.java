package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Compute that training runs are sent to. Runs name it; moving a run changes that name. */
@JsonClassDescription(
    "Compute that training runs are sent to. Moving a run to other compute changes the name of its"
        + " target and nothing else.")
@Group(TrainyardApi.GROUP)
@Version(TrainyardApi.VERSION)
@Plural("computetargets")
@ShortNames("ct")
@ValidationRule(
    value = "self.metadata.name != 'local' || self.spec.type == 'local'",
    message = "the name local is built in and stands for this cluster: choose another name")
@ValidationRule(
    value = "self.metadata.name != 'containerinstance' || self.spec.type == 'aci'",
    message =
        "the name containerinstance is built in and stands for Azure Container Instances: choose"
            + " another name")
@AdditionalPrinterColumn(
    name = "Type",
    jsonPath = ".spec.type",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "Reason",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
    type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
    name = "State",
    jsonPath = ".status.provisioningState",
    type = AdditionalPrinterColumn.Type.STRING,
    priority = 1)
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
public class ComputeTarget extends CustomResource<ComputeTargetSpec, ComputeTargetStatus>
    implements Namespaced {}
