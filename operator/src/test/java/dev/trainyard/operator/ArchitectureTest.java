package dev.trainyard.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The operator's rooms, and which of them may know which. */
@AnalyzeClasses(
    packages = "dev.trainyard.operator",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule packagesHaveOneDirectionOfDependencies =
      slices().matching("dev.trainyard.operator.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule reconcilersAreOnTopAndStatusIsAtTheBottom =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("process")
          .definedBy("dev.trainyard.operator")
          .layer("reconcilers")
          .definedBy(
              "..computetarget..", "..environment..", "..runconfiguration..", "..trainingrun..")
          .layer("providers")
          .definedBy("..provider..")
          .layer("images")
          .definedBy("..image..", "..source..")
          .layer("status")
          .definedBy("..status..")
          .whereLayer("process")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("images")
          .mayOnlyBeAccessedByLayers("process", "reconcilers")
          .whereLayer("status")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule aProviderDoesNotKnowAnother =
      slices().matching("dev.trainyard.operator.provider.(*)..").should().notDependOnEachOther();

  @ArchTest
  static final ArchRule onlyTheProcessKnowsConcreteProviders =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.trainyard.operator", "..provider..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.trainyard.operator.provider.(*)..");

  @ArchTest
  static final ArchRule onlyProvidersKnowAzureAndOnlyTheSshPackageKnowsItsLibrary =
      noClasses()
          .that()
          .resideOutsideOfPackages("..provider..", "..ssh..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.azure..", "org.apache.sshd..");

  @ArchTest
  static final ArchRule reconcilersAreNamedSo =
      classes()
          .that()
          .implement("io.javaoperatorsdk.operator.api.reconciler.Reconciler")
          .should()
          .haveSimpleNameEndingWith("Reconciler");

  @ArchTest
  static final ArchRule nothingIsPrintedPastTheLog =
      noClasses()
          .should()
          .accessField(System.class, "out")
          .orShould()
          .accessField(System.class, "err");
}
