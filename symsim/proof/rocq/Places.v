Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory.
Local Open Scope ring_scope.

(* An axis cut into named parts is the list l of their sizes; part i covers  *)
(* the indices offset l i, ..., offset l i + nth 0 l i - 1.                  *)
Definition offset (l : seq nat) (i : nat) : nat := sumn (take i l).
Definition covers (l : seq nat) (i c : nat) : bool :=
  (offset l i <= c < offset l i + nth 0 l i)%N.

Lemma offset_leq l i : (offset l i + nth 0 l i <= sumn l)%N.
Proof. by rewrite /offset; elim: l i => [|m l IH] [|i] //=; rewrite ?leq_addr // -addnA leq_add2l. Qed.

Lemma offset_next l i j : (i < j)%N -> (offset l i + nth 0 l i <= offset l j)%N.
Proof.
rewrite /offset; elim: l i j => [|m l IH] [|i] [|j] //= ij; first by rewrite add0n leq_addr.
by rewrite -addnA leq_add2l; apply: IH.
Qed.

Lemma seat_lt l i (r : 'I_(nth 0%N l i)) : (offset l i + r < sumn l)%N.
Proof. by apply: leq_trans (offset_leq l i); rewrite ltn_add2l. Qed.

Definition seat l i (r : 'I_(nth 0%N l i)) : 'I_(sumn l) := Ordinal (seat_lt r).

Lemma seat_inj l i : injective (@seat l i).
Proof. by move=> r t /(congr1 val) /= /addnI /val_inj. Qed.

Lemma seat_other l i j (r : 'I_(nth 0%N l i)) (t : 'I_(nth 0%N l j)) : i != j -> seat r != seat t.
Proof.
have far a b (u : 'I_(nth 0%N l a)) (v : 'I_(nth 0%N l b)) : (a < b)%N -> (val (seat u) < val (seat v))%N.
  by move=> ab; rewrite /= (leq_trans _ (leq_addr _ _)) // (leq_trans _ (offset_next l ab)) // ltn_add2l.
by rewrite neq_ltn => /orP[] /far h; rewrite -(inj_eq val_inj) neq_ltn h ?orbT.
Qed.

Lemma seatP l i (c : 'I_(sumn l)) : covers l i c -> exists r : 'I_(nth 0%N l i), c = seat r.
Proof.
case/andP=> lo hi; have lt : (c - offset l i < nth 0 l i)%N by rewrite ltn_subLR.
by exists (Ordinal lt); apply: val_inj; rewrite /= subnKC.
Qed.

Lemma covers_seat l i (r : 'I_(nth 0%N l i)) : covers l i (seat r).
Proof. by rewrite /covers /= leq_addr ltn_add2l ltn_ord. Qed.

Section Places.
Variable F : fieldType.

(* place l i has a 1 at (r, offset l i + r): B *m (place l i)^T is part i of *)
(* the columns of B, and place l i *m B is part i of its rows.               *)
Definition place (l : seq nat) (i : nat) : 'M[F]_(nth 0%N l i, sumn l) :=
  \matrix_(r, c) (val c == offset l i + r)%N%:R.

(* The matrix with the block B at (i, j) and zeros elsewhere. *)
Definition block (rs cs : seq nat) (i j : nat) (B : 'M[F]_(nth 0%N rs i, nth 0%N cs j)) :
  'M[F]_(sumn rs, sumn cs) := (place rs i)^T *m B *m place cs j.

Arguments block : clear implicits.

Lemma placeE l i r c : place l i r c = (c == seat r)%:R.
Proof. by rewrite mxE -(inj_eq val_inj). Qed.

Lemma rowsE l i m (B : 'M_(sumn l, m)) r c : (place l i *m B) r c = B (seat r) c.
Proof.
rewrite mxE (bigD1 (seat r)) //= placeE eqxx mul1r big1 ?addr0 // => k ne.
by rewrite placeE (negbTE ne) mul0r.
Qed.

Lemma colsE l i m (B : 'M_(m, sumn l)) r c : (B *m (place l i)^T) r c = B r (seat c).
Proof.
have -> : B *m (place l i)^T = (place l i *m B^T)^T by rewrite trmx_mul trmxK.
by rewrite mxE rowsE mxE.
Qed.

Lemma place_same l i : place l i *m (place l i)^T = 1%:M.
Proof. by apply/matrixP=> r c; rewrite colsE placeE mxE (inj_eq (@seat_inj l i)) eq_sym. Qed.

Lemma place_other l i j : i != j -> place l i *m (place l j)^T = 0.
Proof. by move=> ij; apply/matrixP=> r c; rewrite colsE placeE mxE eq_sym (negbTE (seat_other _ _ ij)). Qed.

(* Columns and rows of a block matrix. *)
Lemma block_column rs cs i j B : block rs cs i j B *m (place cs j)^T = (place rs i)^T *m B.
Proof. by rewrite /block -mulmxA place_same mulmx1. Qed.
Lemma block_other rs cs i j k B : j != k -> block rs cs i j B *m (place cs k)^T = 0.
Proof. by move=> jk; rewrite /block -mulmxA place_other ?mulmx0. Qed.
Lemma block_pick rs cs i j m (B : 'M_(_, _)) (C : 'M_(_, m)) :
  block rs cs i j B *m ((place cs j)^T *m C) = (place rs i)^T *m (B *m C).
Proof. by rewrite mulmxA block_column mulmxA. Qed.
Lemma block_skip rs cs i j k m B (C : 'M_(_, m)) : j != k -> block rs cs i j B *m ((place cs k)^T *m C) = 0.
Proof. by move=> jk; rewrite mulmxA block_other ?mul0mx. Qed.
Lemma row_pick rs i m (B : 'M_(_, m)) : place rs i *m ((place rs i)^T *m B) = B.
Proof. by rewrite mulmxA place_same mul1mx. Qed.
Lemma row_skip rs i j m (B : 'M_(_, m)) : i != j -> place rs i *m ((place rs j)^T *m B) = 0.
Proof. by move=> ij; rewrite mulmxA place_other ?mul0mx. Qed.

(* A column part of a sum of blocks, one block at a time. *)
Lemma block_step_off m n w (B C : 'M[F]_(m, n)) (P : 'M_(n, w)) y :
  B *m P = 0 -> C *m P = y -> (B + C) *m P = y.
Proof. by rewrite mulmxDl => -> ->; rewrite add0r. Qed.
Lemma block_step_take m n w (B C : 'M[F]_(m, n)) (P : 'M_(n, w)) x y :
  B *m P = x -> C *m P = y -> (B + C) *m P = x + y.
Proof. by rewrite mulmxDl => -> ->. Qed.
Lemma block_step_end m n w (B C : 'M[F]_(m, n)) (P : 'M_(n, w)) x :
  B *m P = x -> C *m P = 0 -> (B + C) *m P = x.
Proof. by rewrite mulmxDl => -> ->; rewrite addr0. Qed.
Lemma block_none m n w (P : 'M[F]_(n, w)) : (0 : 'M_(m, n)) *m P = 0.
Proof. exact: mul0mx. Qed.
Lemma pick_column m n w k (B : 'M[F]_(m, n)) (P : 'M_(n, w)) c (C : 'M_(w, k)) :
  B *m P = c -> B *m (P *m C) = c *m C.
Proof. by move=> <-; rewrite mulmxA. Qed.

(* Query and key weights that meet in one coordinate, or in none. *)
Lemma block_meet rs ts cs i j c B C :
  block rs cs i c B *m (block ts cs j c C)^T = @block rs ts i j (B *m C^T).
Proof. by rewrite /block !trmx_mul trmxK !mulmxA -[_ *m place cs c *m _]mulmxA place_same mulmx1. Qed.
Lemma block_miss rs ts cs i j c k B C : c != k ->
  block rs cs i c B *m (block ts cs j k C)^T = 0.
Proof. by move=> ck; rewrite /block !trmx_mul trmxK !mulmxA -[_ *m place cs c *m _]mulmxA place_other // mulmx0 !mul0mx. Qed.

(* Every matrix is the sum of its groups of rows. *)
Lemma group_lt l c : (c < sumn l)%N -> exists2 i, (i < size l)%N & covers l i c.
Proof.
rewrite /covers /offset; elim: l c => //= m l IH c lt.
case: (ltnP c m) => [cm|mc]; first by exists 0%N; rewrite //= add0n.
have /IH[i il /andP[lo hi]] : (c - m < sumn l)%N by rewrite ltn_subLR.
by exists i.+1 => //=; rewrite -(subnKC mc) -!addnA leq_add2l ltn_add2l lo hi.
Qed.
Lemma group_of l (c : 'I_(sumn l)) : exists i : 'I_(size l), covers l i c.
Proof. by have [i il ?] := group_lt (ltn_ord c); exists (Ordinal il). Qed.

Lemma by_rows l m (B : 'M_(sumn l, m)) :
  B = \sum_(i < size l) (place l i)^T *m (place l i *m B).
Proof.
apply/matrixP=> r c; rewrite summxE; have [i /seatP[t ->]] := group_of r.
rewrite (bigD1 i) //= big1 ?addr0 => [|j ji].
  rewrite mxE (bigD1 t) //= mxE placeE eqxx mul1r rowsE big1 ?addr0 // => k kt.
  by rewrite mxE placeE (inj_eq (@seat_inj _ _)) eq_sym (negbTE kt) mul0r.
by rewrite mxE big1 // => k _; rewrite mxE placeE (negbTE (seat_other _ _ _)) ?mul0r // eq_sym.
Qed.
End Places.
Arguments block {F} rs cs i j B.
